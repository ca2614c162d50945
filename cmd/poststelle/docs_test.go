package main

import (
	"go/ast"
	"go/token"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// operations is the operator's handbook.
func operations(t *testing.T) string {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(top(t), "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(octets)
}

// metricsOfHouse are the names in the source: a counter with labels shows only
// after its first event.
func metricsOfHouse(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, file := range house(t) {
		if file.test {
			continue
		}
		ast.Inspect(file.tree, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, _ := pair.Key.(*ast.Ident)
			value, _ := pair.Value.(*ast.BasicLit)
			if key != nil && key.Name == "Name" && value != nil && value.Kind == token.STRING && strings.HasPrefix(value.Value, `"poststelle_`) {
				names = append(names, strings.Trim(value.Value, `"`))
			}
			return true
		})
	}
	return names
}

// metricsOfOffice are the names that a running office tells.
func metricsOfOffice(t *testing.T) []string {
	t.Helper()
	o := newOutside("LANG", "en")
	response, err := http.Get(opened(t, o, newOffice(t, o)).AdminURL + "metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	octets, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (\S+) `).FindAllStringSubmatch(string(octets), -1) {
		names = append(names, found[1])
	}
	return names
}

func TestOperationsExplainsEveryMetric(t *testing.T) {
	text := operations(t)
	inSource, running := metricsOfHouse(t), metricsOfOffice(t)
	if len(inSource) < 15 || len(running) < 15 {
		t.Fatalf("only %d metrics in the source, %d running", len(inSource), len(running))
	}
	for _, name := range append(inSource, running...) {
		family, _, _ := strings.Cut(name, "_")
		if family == "go" || family == "process" {
			name = family + "_*"
		}
		if !strings.Contains(text, "`"+name) {
			t.Errorf("%s is not in the table of docs/operations.md", name)
		}
	}
	for _, found := range regexp.MustCompile("(?m)^\\| `(poststelle_[a-z_]+)").FindAllStringSubmatch(text, -1) {
		if !slices.Contains(inSource, found[1]) {
			t.Errorf("docs/operations.md explains %s, which is no metric", found[1])
		}
	}
}

func TestOperationsExplainsEveryFieldAndItsDefault(t *testing.T) {
	text := operations(t)
	fields := defaultConfig(".").fields("en")
	fields = append(fields, appendFields(nil, reflect.ValueOf(exceptionConfig{}), "algorithms.exceptions[].", 0, "en")...)
	for _, field := range fields {
		if !field.leaf {
			continue
		}
		want := "| `" + field.path + "` | "
		if value, err := valueText(field.value); err == nil && !strings.Contains(field.path, "[]") {
			want += "`" + value + "` | "
		}
		if !strings.Contains(text, want) {
			t.Errorf("docs/operations.md has no row %s", want)
		}
	}
}

func TestOperationsExamplesAreConfigurations(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(operations(t), -1)
	if len(blocks) < 8 {
		t.Fatalf("only %d examples", len(blocks))
	}
	for _, block := range blocks {
		if _, err := newOutside("LANG", "en").loadConfig(written(t, block[1])); err != nil {
			t.Errorf("%v\n%s", err, block[1])
		}
	}
}

func TestLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)?(?:#([^)]+))?\)`)
	var pages []string
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(filepath.Join(top(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	for _, page := range pages {
		octets, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(octets), -1) {
			target := page
			if found[1] != "" {
				target = filepath.Join(filepath.Dir(page), found[1])
			}
			aimed, err := os.ReadFile(target)
			if info, problem := os.Stat(target); problem == nil && info.IsDir() {
				err = nil
			}
			if err != nil || found[2] != "" && !slices.Contains(anchors(string(aimed)), found[2]) {
				t.Errorf("%s: %s leads nowhere", filepath.Base(page), found[0])
			}
		}
	}
}

// anchors are the names of a page's headings.
func anchors(text string) []string {
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(found[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
