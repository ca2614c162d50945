package main

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fieldDoc is one field of the configuration with its documentation.
type fieldDoc struct {
	path  string
	depth int
	name  string
	text  string
	value reflect.Value
	leaf  bool
}

// fields lists all fields in the order of the file.
func (c *config) fields(lang string) []fieldDoc {
	return appendFields(nil, reflect.ValueOf(*c), "", 0, lang)
}

func appendFields(list []fieldDoc, v reflect.Value, prefix string, depth int, lang string) []fieldDoc {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := field.Tag.Get("yaml")
		if name == "" {
			continue
		}
		text := field.Tag.Get("en")
		if lang == "de" {
			text = field.Tag.Get("de")
		}
		section := field.Type.Kind() == reflect.Struct
		list = append(list, fieldDoc{prefix + name, depth, name, text, v.Field(i), !section})
		if section {
			list = appendFields(list, v.Field(i), prefix+name+".", depth+1, lang)
		}
	}
	return list
}

// render writes the whole configuration with every field explained.
func (c *config) render(lang string) ([]byte, error) {
	page := &strings.Builder{}
	for _, field := range c.fields(lang) {
		indent := strings.Repeat("  ", field.depth)
		if field.depth == 0 && page.Len() > 0 {
			fmt.Fprintln(page)
		}
		fmt.Fprintf(page, "%s# %s\n", indent, field.text)
		if !field.leaf {
			fmt.Fprintf(page, "%s%s:\n", indent, field.name)
			continue
		}
		text, err := valueText(field.value)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", field.path, err)
		}
		fmt.Fprintf(page, "%s%s: %s\n", indent, field.name, text)
	}
	return []byte(page.String()), nil
}

// valueText is a value on one line of YAML.
func valueText(v reflect.Value) (string, error) {
	if spelled, ok := v.Interface().(fmt.Stringer); ok {
		return spelled.String(), nil
	}
	node := &yaml.Node{}
	if err := node.Encode(v.Interface()); err != nil {
		return "", err
	}
	if node.Kind == yaml.SequenceNode {
		node.Style = yaml.FlowStyle
	}
	octets, err := yaml.Marshal(node)
	return strings.TrimSpace(string(octets)), err
}

// explain prints each field with its default and meaning.
func (c *config) explain(a *app) {
	fmt.Fprintf(a.Stdout, "%s\n\n", a.text("fields of "+configName+", with what they are if left out", "Felder von "+configName+" mit dem Wert, der ohne sie gilt"))
	for _, field := range c.fields(a.Lang) {
		value := ""
		if field.leaf {
			if text, err := valueText(field.value); err == nil {
				value = " = " + text
			}
		}
		fmt.Fprintf(a.Stdout, "%s%s\n    %s\n", field.path, value, field.text)
	}
	for _, field := range appendFields(nil, reflect.ValueOf(exceptionConfig{}), "algorithms.exceptions[].", 0, a.Lang) {
		fmt.Fprintf(a.Stdout, "%s\n    %s\n", field.path, field.text)
	}
}
