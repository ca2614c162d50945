package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// finding is something that check or doctor says about one place.
type finding struct {
	// Wrong is true if the office cannot or should not run like this.
	Wrong bool `json:"wrong"`
	// Line of poststelle.yaml; 0 = not in the file.
	Line int `json:"line,omitempty"`
	// Field is a path such as tls.cert.
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
	// Fix says what to do.
	Fix string `json:"fix,omitempty"`
}

// configFile is the file with the lines of its fields.
type configFile struct {
	path   string
	config *config
	lines  map[string]int
	// findings are what was wrong with the text itself.
	findings []finding
}

// readConfig reads the file of an office folder. Faults in it are findings; an
// error means that there is no file to read.
func (a *app) readConfig(dir string) (*configFile, error) {
	path := filepath.Join(dir, configName)
	octets, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hinted(fmt.Errorf("%s is no office: there is no %s in it", dir, configName), "poststelle init "+dir)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return parseConfig(dir, path, octets), nil
}

// parseConfig reads the text of a file.
func parseConfig(dir, path string, octets []byte) *configFile {
	f := &configFile{path: path, config: defaultConfig(dir), lines: map[string]int{}}
	var root yaml.Node
	if err := yaml.Unmarshal(octets, &root); err == nil && len(root.Content) > 0 {
		f.locate("", root.Content[0])
	}
	decoder := yaml.NewDecoder(bytes.NewReader(octets))
	decoder.KnownFields(true)
	if err := decoder.Decode(f.config); err != nil && !errors.Is(err, io.EOF) {
		f.findings = textFindings(err)
	} else if err := decoder.Decode(&yaml.Node{}); err == nil {
		f.findings = []finding{{Wrong: true, Text: "more than one document in the file"}}
	}
	return f
}

// locate notes the line of each field.
func (f *configFile) locate(path string, node *yaml.Node) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			name := strings.TrimPrefix(path+"."+node.Content[i].Value, ".")
			f.lines[name] = node.Content[i].Line
			f.locate(name, node.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			name := path + "[" + strconv.Itoa(i) + "]"
			f.lines[name] = item.Line
			f.locate(name, item)
		}
	}
}

// line is where a field is, or where what holds it is.
func (f *configFile) line(path string) int {
	for path != "" {
		if line, ok := f.lines[path]; ok {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

var (
	yamlLine    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlUnknown = regexp.MustCompile(`^field (\S+) not found in type .*$`)
	yamlType    = regexp.MustCompile("^cannot unmarshal \\S+ `(.*)` into (.*)$")
)

// textFindings words the YAML library's errors for people.
func textFindings(err error) []finding {
	texts := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		texts = typed.Errors
	}
	var found []finding
	for _, text := range texts {
		one := finding{Wrong: true, Text: strings.TrimPrefix(text, "yaml: ")}
		if match := yamlLine.FindStringSubmatch(text); match != nil {
			one.Line, _ = strconv.Atoi(match[1])
			one.Text = match[2]
		}
		if match := yamlUnknown.FindStringSubmatch(one.Text); match != nil {
			one.Field, one.Text = match[1], "field "+match[1]+" is not known"
			one.Fix = "poststelle help config"
		} else if match := yamlType.FindStringSubmatch(one.Text); match != nil {
			one.Text = fmt.Sprintf("%q does not fit here", match[1])
			one.Fix = "poststelle help config"
		}
		found = append(found, one)
	}
	return found
}

// loadConfig gives a configuration that an office can run with.
func (a *app) loadConfig(dir string) (*config, error) {
	f, err := a.readConfig(dir)
	if err != nil {
		return nil, err
	}
	f.findings = append(f.findings, f.problems()...)
	if i := slices.IndexFunc(f.findings, func(one finding) bool { return one.Wrong }); i >= 0 {
		one := f.findings[i]
		place := f.path
		if one.Line > 0 {
			place += ":" + strconv.Itoa(one.Line)
		}
		hint := "poststelle check " + dir
		if one.Fix != "" {
			hint = one.Fix + "; " + hint
		}
		return nil, hinted(fmt.Errorf("%s: %s", place, strings.TrimPrefix(one.Field+": "+one.Text, ": ")), hint)
	}
	return f.config, nil
}
