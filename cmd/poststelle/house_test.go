package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors says which of our packages a package may import: arrows only go down.
// A package that is not in the table fails the test, so that whoever makes one
// has to say where it stands.
func floors() map[string][]string {
	letters := []string{"envelope", "envelope/xmlenc", "signature", "signature/xmltree"}
	return map[string][]string{
		"signature/xmltree":   {},
		"signature":           {"signature/xmltree"},
		"envelope/xmlenc":     {},
		"envelope":            {"envelope/xmlenc", "signature", "signature/xmltree"},
		"envelope/client":     letters,
		"mailbox":             {"envelope", "signature", "signature/xmltree"},
		"mailbox/mailboxtest": append([]string{"mailbox", "transport"}, letters...),
		"transport":           {},
		"receipt":             {},
		"intermediary":        append([]string{"mailbox"}, letters...),
		"interop":             {everything},
		"cmd/poststelle":      {everything},
	}
}

// testFloors are what test files may import beyond that: a real broker under a
// floor that is tested with it.
func testFloors() map[string][]string {
	return map[string][]string{
		"mailbox":             {"mailbox", "mailbox/mailboxtest", "transport"},
		"mailbox/mailboxtest": {"mailbox/mailboxtest"},
		"intermediary":        {"intermediary", "mailbox/mailboxtest", "transport", "envelope/client"},
		"envelope":            {"envelope"},
		"envelope/client":     {"envelope/client"},
		"envelope/xmlenc":     {"envelope/xmlenc"},
		"signature":           {"signature"},
		"signature/xmltree":   {"signature/xmltree"},
		"transport":           {"transport"},
	}
}

const everything = "*"

// foreign says which files' packages may use which modules outside tests.
// A module that is not in the table may be used by no one.
func foreign() map[string][]string {
	return map[string][]string{
		"github.com/nats-io/nats.go":          {"mailbox", "transport", "mailbox/mailboxtest"},
		"github.com/nats-io/nats-server/v2":   {"transport", "mailbox/mailboxtest"},
		"github.com/prometheus/client_golang": {"mailbox", "mailbox/mailboxtest", "transport", "intermediary", "cmd/poststelle"},
		"go.mozilla.org/pkcs7":                {"signature"},
		"golang.org/x/crypto":                 {"signature", "envelope/xmlenc"},
		"golang.org/x/sync":                   {"mailbox", "transport", "intermediary", "cmd/poststelle", "mailbox/mailboxtest"},
		"golang.org/x/sys":                    {"transport", "mailbox", "cmd/poststelle"},
		"golang.org/x/term":                   {"cmd/poststelle"},
		"golang.org/x/time":                   {"transport", "intermediary"},
		"github.com/alecthomas/kong":          {"cmd/poststelle"},
		"go.yaml.in/yaml/v3":                  {"cmd/poststelle"},
		"software.sslmate.com/src/go-pkcs12":  {"cmd/poststelle"},
		"github.com/beevik/etree":             {},
		"github.com/russellhaering/goxmldsig": {},
		"github.com/rogpeppe/go-internal":     {},
		"github.com/google/go-cmp":            {"mailbox/mailboxtest"},
		"pgregory.net/rapid":                  {},
	}
}

// sourceFile is one Go file of the house.
type sourceFile struct {
	path  string // from the top, with slashes
	pkg   string // folder
	test  bool
	lines int
	tree  *ast.File
}

// top is the folder of the module.
func top(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// house reads all Go files.
func house(t testing.TB) []sourceFile {
	t.Helper()
	var files []sourceFile
	root := top(t)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") && path != root {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		octets, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), path, octets, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		short = filepath.ToSlash(short)
		files = append(files, sourceFile{
			path: short, pkg: strings.TrimSuffix(short[:strings.LastIndex(short, "/")+1], "/"),
			test: strings.HasSuffix(short, "_test.go"), lines: bytes.Count(octets, []byte("\n")), tree: tree,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files found", len(files))
	}
	return files
}

func (f sourceFile) imports() []string {
	var list []string
	for _, one := range f.tree.Imports {
		list = append(list, strings.Trim(one.Path.Value, `"`))
	}
	return list
}

func TestImportsOnlyGoDown(t *testing.T) {
	allowed, more := floors(), testFloors()
	for _, file := range house(t) {
		permitted, known := allowed[file.pkg]
		if !known {
			t.Errorf("%s: package %q stands on no floor; see floors()", file.path, file.pkg)
			continue
		}
		if file.test {
			permitted = slices.Concat(permitted, more[file.pkg])
		}
		for _, path := range file.imports() {
			ours, is := strings.CutPrefix(path, "poststelle/")
			if is && !slices.Contains(permitted, ours) && !slices.Contains(permitted, everything) {
				t.Errorf("%s imports %s, which is not below it", file.path, path)
			}
		}
	}
}

func TestForeignModulesStayInTheirRooms(t *testing.T) {
	rooms := foreign()
	for _, file := range house(t) {
		if file.test || file.pkg == "interop" {
			continue
		}
		for _, path := range file.imports() {
			first, _, _ := strings.Cut(path, "/")
			if !strings.Contains(first, ".") {
				continue
			}
			module := ""
			for name := range rooms {
				if (path == name || strings.HasPrefix(path, name+"/")) && len(name) > len(module) {
					module = name
				}
			}
			if !slices.Contains(rooms[module], file.pkg) {
				t.Errorf("%s imports %s: %q may not", file.path, path, file.pkg)
			}
		}
		if slices.Contains(file.imports(), "go.mozilla.org/pkcs7") && file.path != "signature/cms.go" {
			t.Errorf("%s: CMS is read in signature/cms.go only, behind its gate", file.path)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	said, all := map[string]string{}, map[string]bool{}
	for _, file := range house(t) {
		if file.test {
			continue
		}
		all[file.pkg] = true
		if file.tree.Doc != nil {
			said[file.pkg] += file.tree.Doc.Text()
		}
	}
	for pkg := range all {
		if len(strings.Fields(said[pkg])) < 20 {
			t.Errorf("package %s does not say what it is, promises and leaves to others", pkg)
		}
	}
}

func TestNothingHappensBeforeMain(t *testing.T) {
	for _, file := range house(t) {
		for _, declared := range file.tree.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if ok && function.Recv == nil && function.Name.Name == "init" {
				t.Errorf("%s has func init", file.path)
			}
		}
	}
}

func TestNoForbiddenNames(t *testing.T) {
	forbidden := []string{"pkg", "internal", "util", "utils", "common", "types", "models", "helpers", "errors", "base", "manager", "service", "impl"}
	for _, file := range house(t) {
		for _, part := range strings.Split(file.pkg, "/") {
			if slices.Contains(forbidden, part) {
				t.Errorf("%s lies in a folder called %s", file.path, part)
			}
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	for _, file := range house(t) {
		switch table := strings.Contains(file.path, "table"); {
		case file.lines > 600 && !file.test && !table:
			t.Errorf("%s has %d lines; 600 are the end", file.path, file.lines)
		case file.lines > 400 && !file.test && !table:
			t.Logf("warning: %s has %d lines; aim below 400", file.path, file.lines)
		}
	}
}

// TestTopLevelIsKnown looks at what is committed, or at the folder itself where
// there is no git.
func TestTopLevelIsKnown(t *testing.T) {
	known := []string{
		"cmd", "intermediary", "envelope", "signature", "mailbox", "transport", "testdata", "interop", "docs", "receipt",
		"go.mod", "go.sum", "README.md", "CHANGELOG.md", "Makefile", "LICENSE", ".ci", ".gitignore", ".gitattributes",
	}
	for _, name := range topLevel(t) {
		if !slices.Contains(known, name) {
			t.Errorf("%s lies at the top: nothing else than %s does", name, strings.Join(known, " "))
		}
	}
}

func topLevel(t *testing.T) []string {
	list := exec.Command("git", "ls-tree", "--name-only", "HEAD")
	list.Dir = top(t)
	if octets, err := list.Output(); err == nil {
		return strings.Fields(string(octets))
	}
	entries, err := os.ReadDir(top(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	return names
}
