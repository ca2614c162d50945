package intermediary

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poststelle/envelope"
	"poststelle/mailbox"
)

// elsewhere are the sentinels that need no row, with the reason.
var elsewhere = map[string]string{
	"envelope.ErrNoContent":       "content is the reader's",
	"envelope.ErrOtherReaders":    "content is the reader's",
	"envelope.ErrPartMissing":     "content is the reader's",
	"envelope.ErrContentUnsigned": "content is the reader's",
	"envelope.ErrWriting":         "content is the writer's",
	"signature.ErrStructure":      "in Message.Signature: judgeSignature",
	"signature.ErrAlgorithm":      "in Message.Signature: judgeSignature",
	"signature.ErrTransform":      "in Message.Signature: judgeSignature",
	"signature.ErrKey":            "in Message.Signature: judgeSignature",
	"signature.ErrKeyUsage":       "in Message.Signature: judgeSignature",
	"signature.ErrDangling":       "in Message.Signature: judgeSignature",
	"signature.ErrUnread":         "in Message.Signature: judgeSignature",
	"signature.ErrDigest":         "in Message.Signature: judgeSignature",
	"signature.ErrValue":          "in Message.Signature: judgeSignature",
	"signature.ErrCertificate":    "wrapped by envelope.ErrStructure",
	"signature.ErrCMS":            "attachments are the reader's",
	"xmlenc.ErrDecrypt":           "wrapped by envelope.ErrDecrypt",
	"xmlenc.ErrAlgorithm":         "wrapped by a sentinel of envelope",
	"xmlenc.ErrIVLength":          "wrapped by a sentinel of envelope",
	"xmlenc.ErrTooLong":           "wrapped by a sentinel of envelope",
	"mailbox.ErrBoxExists":        "the registrar's",
	"mailbox.ErrBoxInUse":         "the registrar's",
	"mailbox.ErrDamaged":          "trouble: 9811 and a warning in the log",
}

// TestEverySentinelHasACode walks the sentinels of the packages below.
func TestEverySentinelHasACode(t *testing.T) {
	table, err := os.ReadFile("refusal.go")
	check(t, err)
	for _, folder := range []string{"../envelope", "../signature", "../envelope/xmlenc", "../mailbox", "."} {
		for _, name := range sentinels(t, folder) {
			_, excused := elsewhere[name]
			row := strings.Contains(string(table), "{"+strings.TrimPrefix(name, "intermediary.")+", envelope.Code")
			if row == excused {
				t.Errorf("%s: in the table: %t, excused: %t", name, row, excused)
			}
		}
	}
}

// sentinels are the variables of a package whose names begin with Err or err.
func sentinels(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	check(t, err)
	var names []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		check(t, err)
		for _, declaration := range file.Decls {
			group, ok := declaration.(*ast.GenDecl)
			if !ok || group.Tok != token.VAR {
				continue
			}
			for _, spec := range group.Specs {
				for _, n := range spec.(*ast.ValueSpec).Names {
					if folder == "." && strings.HasPrefix(n.Name, "err") || folder != "." && strings.HasPrefix(n.Name, "Err") {
						names = append(names, file.Name.Name+"."+n.Name)
					}
				}
			}
		}
	}
	if len(names) == 0 {
		t.Fatalf("no sentinels in %s", folder)
	}
	return names
}

func TestUnknownErrorsAreNobodysFault(t *testing.T) {
	if r := refuse(fmt.Errorf("disk: %w", os.ErrClosed)); r != nil {
		t.Errorf("refused with %s", r.code)
	}
	if r := refuse(fmt.Errorf("storing: %w", mailbox.ErrIDUsed)); r == nil || r.code != envelope.CodeMessageIDUnknown {
		t.Errorf("refusal %v", r)
	}
}
