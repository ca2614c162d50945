# Eight targets. CI is .ci/run; it needs no make.
.PHONY: all check test race fuzz interop bench docs

all: test                                  ## build the binary and test
	go build ./cmd/poststelle

check:                                     ## everything that CI looks at
	.ci/run

test:                                      ## all tests
	go test ./...

race:                                      ## all tests with the race detector, in random order
	go test -race -shuffle=on ./...

fuzz:                                      ## one minute for TARGET in PACKAGE
	go test -run '^$$' -fuzz '$(TARGET)' -fuzztime 1m $(PACKAGE)

interop:                                   ## the official Java client; wants OSCI_CLASSPATH
	go test -v -count=1 ./interop

bench:                                     ## figures; name the machine beside them
	go test -run '^$$' -bench . -benchmem ./...

docs:                                      ## write the generated documents anew
	go test ./envelope -run Errors -update
	go test ./interop -run EveryConformanceItem -update
