package interop

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated files anew")

// item is a line of testdata/conformance.tsv: one testable sentence of the
// dossier's §23.
type item struct {
	number                    int
	part, clause, text, later string
	tests                     []string
}

func readItems(t *testing.T) []item {
	t.Helper()
	octets, err := os.ReadFile("../testdata/conformance.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var items []item
	for _, line := range strings.Split(strings.TrimSpace(string(octets)), "\n")[1:] {
		column := strings.Split(line, "\t")
		for len(column) < 5 {
			column = append(column, "")
		}
		number, err := strconv.Atoi(column[0])
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item{number: number, part: column[1], clause: column[2], text: column[3], later: column[4]})
	}
	return items
}

var conformanceTest = regexp.MustCompile(`(?m)^func (TestConformance(\d{3})\w*)\(`)

// findTests collects the tests named after items in all packages.
func findTests(t *testing.T) map[int][]string {
	t.Helper()
	found := map[int][]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		octets, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range conformanceTest.FindAllSubmatch(octets, -1) {
			number, _ := strconv.Atoi(string(match[2]))
			folder := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, "../")))
			found[number] = append(found[number], folder+"."+string(match[1]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestEveryConformanceItemHasATestOrAReason keeps docs/conformance.md and the
// tests in step: an item without test and without a written reason fails.
func TestEveryConformanceItemHasATestOrAReason(t *testing.T) {
	items, found := readItems(t), findTests(t)
	if len(items) != 162 {
		t.Fatalf("%d items, want 162", len(items))
	}
	for i := range items {
		items[i].tests = found[items[i].number]
		sort.Strings(items[i].tests)
		delete(found, items[i].number)
		switch {
		case len(items[i].tests) == 0 && items[i].later == "":
			t.Errorf("item %d has neither test nor reason: %s", items[i].number, items[i].text)
		case len(items[i].tests) > 0 && items[i].later != "":
			t.Errorf("item %d has a test and still a reason not to have one", items[i].number)
		}
	}
	for number, tests := range found {
		t.Errorf("%v are named after item %d, which does not exist", tests, number)
	}
	compareGenerated(t, "../docs/conformance.md", conformancePage(items))
}

func conformancePage(items []item) []byte {
	var page bytes.Buffer
	tested := 0
	for _, one := range items {
		if len(one.tests) > 0 {
			tested++
		}
	}
	fmt.Fprintf(&page, "# Conformance\n\nMade from `testdata/conformance.tsv` and the names of the tests by `go test ./interop -run EveryConformanceItem -update`; do not edit.\n\n")
	fmt.Fprintf(&page, "%d of %d items of the protocol dossier's §23 have a test named after them; the others say why not. “Server” is the office.\n\n", tested, len(items))
	fmt.Fprintf(&page, "| item | clause | sentence | test |\n|---|---|---|---|\n")
	for _, one := range items {
		shown := "not yet: " + one.later
		if len(one.tests) > 0 {
			shown = "`" + strings.Join(one.tests, "`, `") + "`"
		}
		fmt.Fprintf(&page, "| %d | %s | %s | %s |\n", one.number, one.clause, strings.ReplaceAll(one.text, "|", `\|`), shown)
	}
	return page.Bytes()
}

// compareGenerated holds a generated file against what it should be.
func compareGenerated(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is out of date: run this test with -update", path)
	}
}
