package xmltree_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"poststelle/signature/xmltree"
)

// forms are the algorithms by the number that the oracle knows them by.
var forms = []xmltree.Canonicalizer{
	{Algorithm: xmltree.C14N}, {Algorithm: xmltree.C14NWithComments},
	{Algorithm: xmltree.ExcC14N}, {Algorithm: xmltree.ExcC14NWithComments},
	{Algorithm: xmltree.ExcC14N, InclusivePrefixes: []string{"p", "q", "#default"}},
}

// buildOracle compiles our small program against libxml2.
func buildOracle(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("second implementation: not in short mode")
	}
	flags, err := exec.Command("xml2-config", "--cflags", "--libs").Output()
	if err != nil {
		t.Skipf("second implementation: libxml2 is not installed for compiling: %v", err)
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skipf("second implementation: no compiler: %v", err)
	}
	binary := filepath.Join(t.TempDir(), "oracle")
	args := append([]string{"-O1", "-o", binary, filepath.Join("testdata", "oracle", "oracle.c")}, strings.Fields(string(flags))...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("compiling the oracle: %v\n%s", err, out)
	}
	return binary
}

// question is one canonical form to compare; apex "-" is the whole document.
type question struct {
	text, apex string
	form       int
}

func (q question) ours() ([]byte, error) {
	doc, err := xmltree.Parse([]byte(q.text), xmltree.Limits{})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if q.apex == "-" {
		err = forms[q.form].WriteDocument(&out, doc)
		return out.Bytes(), err
	}
	doc.Walk(func(n *xmltree.Node) bool {
		if id, _ := n.Attr("", "Id"); n.Type == xmltree.Element && id == q.apex {
			err = forms[q.form].Write(&out, n)
			return false
		}
		return true
	})
	return out.Bytes(), err
}

func TestCanonicalFormsEqualSecondImplementation(t *testing.T) {
	documents := 10_000
	questions := make([]question, 0, documents*2*len(forms))
	for seed := range documents {
		text, ids := generate(uint64(seed))
		for form := range forms {
			questions = append(questions, question{text, "-", form})
			questions = append(questions, question{text, fmt.Sprintf("i%d", 1+(seed+form)%ids), form})
		}
	}
	differences := compare(t, buildOracle(t), questions)
	t.Logf("%d documents, %d canonical forms, %d differences", documents, len(questions), differences)
}

// compare asks the oracle all questions at once.
func compare(t *testing.T, oracle string, questions []question) (differences int) {
	t.Helper()
	ask, err := os.Create(filepath.Join(t.TempDir(), "questions"))
	if err != nil {
		t.Fatal(err)
	}
	defer ask.Close()
	w := bufio.NewWriter(ask)
	for _, q := range questions {
		fmt.Fprintf(w, "%d %d %s\n%s", len(q.text), q.form, q.apex, q.text)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := ask.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(oracle)
	cmd.Stdin = ask
	answers, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(bytes.NewReader(answers))
	for _, q := range questions {
		want, ok := answer(t, r)
		got, err := q.ours()
		if ok != (err == nil) || ok && !bytes.Equal(got, want) {
			if differences++; differences <= 5 {
				t.Errorf("form %d, apex %s of %q:\nours   %q %v\nsecond %q %v", q.form, q.apex, q.text, got, err, want, ok)
			}
		}
	}
	return differences
}

func answer(t *testing.T, r *bufio.Reader) ([]byte, bool) {
	t.Helper()
	var size int
	if _, err := fmt.Fscanf(r, "%d\n", &size); err != nil {
		t.Fatalf("oracle: %v", err)
	}
	if size < 0 {
		return nil, false
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		t.Fatal(err)
	}
	return text, true
}
