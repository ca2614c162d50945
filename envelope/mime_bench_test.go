package envelope

import (
	"crypto/rand"
	"crypto/sha256"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

const benchSize = 300 << 20

// patternFreight is a large stream of random octets, made from one block.
type patternFreight struct{ block []byte }

func (p patternFreight) Size() int64 { return benchSize }

func (p patternFreight) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(&patternReader{block: p.block}, benchSize)), nil
}

type patternReader struct {
	block []byte
	at    int
}

func (p *patternReader) Read(b []byte) (int, error) {
	n := copy(b, p.block[p.at:])
	p.at = (p.at + n) % len(p.block)
	return n, nil
}

func newPattern() patternFreight {
	block := make([]byte, 1<<20+13)
	rand.Read(block)
	return patternFreight{block}
}

// largeLetter writes a letter of 300 MB into a file and gives its size.
func largeLetter(tb testing.TB, asBase64 bool) (*os.File, int64) {
	tb.Helper()
	file, err := os.CreateTemp(tb.TempDir(), "letter")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { file.Close() })
	out, err := newMIME(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	out.addRoot([]byte(prolog + "<a></a>"))
	out.addPart(Attachment{ContentID: "large", Base64: asBase64, Freight: newPattern()})
	n, err := out.WriteTo(file)
	if err != nil {
		tb.Fatal(err)
	}
	return file, n
}

func scanFile(tb testing.TB, file io.ReaderAt, size int64, sink io.Writer) {
	m, err := scanMIME(file, size, mimeLimits{}, func(*mimeMessage, *mimePart) io.Writer { return sink })
	if err != nil {
		tb.Fatal(err)
	}
	if m.decodedSize(m.parts[0]) != benchSize {
		tb.Fatalf("part of %d octets", m.decodedSize(m.parts[0]))
	}
}

func TestLargeLettersTakeLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("short: writes a letter of 300 MB")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, size := largeLetter(t, false)
	scanFile(t, file, size, io.Discard)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("writing and reading 300 MB allocated %d octets", got)
	}
}

// BenchmarkScan measures reading beside a plain copy of the same file through
// a buffer of the same size.
func BenchmarkScan(b *testing.B) {
	file, size := largeLetter(b, false)
	encoded, encodedSize := largeLetter(b, true)
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(size)
		buffer := make([]byte, windowSize)
		for b.Loop() {
			source := struct{ io.Reader }{io.NewSectionReader(file, 0, size)}
			if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, source, buffer); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("raw", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			scanFile(b, file, size, nil)
		}
	})
	b.Run("raw+sha256", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			scanFile(b, file, size, sha256.New())
		}
	})
	b.Run("base64", func(b *testing.B) {
		b.SetBytes(encodedSize)
		b.ReportAllocs()
		for b.Loop() {
			scanFile(b, encoded, encodedSize, nil)
		}
	})
	lookalikes := letter(related, rootPart, attachment("x", strings.Repeat("\r\n--BB", 4<<20)))
	b.Run("lookalikes", func(b *testing.B) {
		b.SetBytes(int64(len(lookalikes)))
		for b.Loop() {
			if _, err := scanMIME(strings.NewReader(lookalikes), int64(len(lookalikes)), mimeLimits{}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkWrite measures writing beside a plain copy of the same stream.
func BenchmarkWrite(b *testing.B) {
	pattern := newPattern()
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(benchSize)
		buffer := make([]byte, copySize)
		for b.Loop() {
			r, err := pattern.Open()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, buffer); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, asBase64 := range map[string]bool{"raw": false, "base64": true} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(benchSize)
			b.ReportAllocs()
			for b.Loop() {
				out, err := newMIME(rand.Reader)
				if err != nil {
					b.Fatal(err)
				}
				out.addPart(Attachment{ContentID: "x", Base64: asBase64, Freight: pattern})
				if _, err := out.WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
