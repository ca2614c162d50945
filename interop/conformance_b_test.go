package interop

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestConformance018EveryAnswerIsHTTP200(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		if s.http.StatusCode != http.StatusOK {
			t.Errorf("HTTP %d", s.http.StatusCode)
		}
		if s.http.Header.Get("Content-Encoding") != "" {
			t.Errorf("the body is encoded: %s", s.http.Header.Get("Content-Encoding"))
		}
	})
}

func TestConformance019AnswersStartWithTheMIMEVersion(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			if !strings.HasPrefix(string(layer), "MIME-Version: 1.0\r\n") {
				t.Errorf("%.60q", layer)
			}
		}
	})
}

var lonelyLF = regexp.MustCompile(`(^|[^\r])\n`)

// TestConformance020MIMELinesEndWithCRLF leaves it to mimeOf to find CRLF
// behind the closing delimiter and around every other one.
func TestConformance020MIMELinesEndWithCRLF(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			head, parts := mimeOf(t, layer)
			for _, part := range parts {
				head += "\r\n" + part.head
			}
			if lonelyLF.MatchString(head) {
				t.Errorf("a line ends with LF only: %q", head)
			}
		}
	})
}

func TestConformance021EveryPartHasThreeFields(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			_, parts := mimeOf(t, layer)
			for _, part := range parts {
				for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-ID"} {
					if part.field(name) == "" {
						t.Errorf("no %s in %q", name, part.head)
					}
				}
				if id := part.field("Content-ID"); !strings.HasPrefix(id, "<") || !strings.HasSuffix(id, ">") {
					t.Errorf("Content-ID %s is not in angle brackets", id)
				}
			}
		}
	})
}

func TestConformance022RootPartIsNamedAndUTF8(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			_, parts := mimeOf(t, layer)
			if id := parts[0].field("Content-ID"); id != "<osci@message>" {
				t.Errorf("Content-ID %s", id)
			}
			if kind := parts[0].field("Content-Type"); kind != "text/xml; charset=UTF-8" {
				t.Errorf("Content-Type %s", kind)
			}
			if !strings.HasPrefix(parts[0].body, `<?xml version="1.0" encoding="UTF-8"?>`) {
				t.Errorf("root part begins with %.60q", parts[0].body)
			}
		}
	})
}

var boundaryParameter = regexp.MustCompile(`\r\nContent-Type: Multipart/Related; boundary=[A-Za-z0-9_]+; type=text/xml$`)

func TestConformance023BoundaryParameterIsPlain(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			if head, _ := mimeOf(t, layer); !boundaryParameter.MatchString(head) {
				t.Errorf("%q", head)
			}
		}
	})
}

// TestConformance024BoundaryIsInNoPart looks at each body; that nobody can
// put it there on purpose is because no two messages have the same.
func TestConformance024BoundaryIsInNoPart(t *testing.T) {
	seen := map[string]bool{}
	onTour(t, func(t *testing.T, s stop) {
		for _, layer := range s.layers {
			boundary := boundaryOf(layer)
			if seen[boundary] || len(boundary) < len("MIME_boundary_")+20 {
				t.Errorf("boundary %q can be guessed", boundary)
			}
			seen[boundary] = true
			_, parts := mimeOf(t, layer)
			for _, part := range parts {
				if strings.Contains(part.body, boundary) {
					t.Errorf("%s contains the boundary", part.field("Content-ID"))
				}
			}
			if have, want := strings.Count(string(layer), boundary), len(parts)+2; have != want {
				t.Errorf("boundary stands %d times, want %d", have, want)
			}
		}
	})
}

func TestConformance025ContentLengthIsExact(t *testing.T) {
	onTour(t, func(t *testing.T, s stop) {
		if s.http.ContentLength != int64(len(s.layers[0])) || len(s.http.TransferEncoding) > 0 {
			t.Errorf("Content-Length %d (%v), body %d", s.http.ContentLength, s.http.TransferEncoding, len(s.layers[0]))
		}
	})
}
