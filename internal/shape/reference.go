package shape

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// sources are the files whose comments explain the keys of a shape and their values.
//
//go:embed shape.go egress.go route.go recall.go markup.go signature.go socket.go meaning.go
var sources embed.FS

// referenceText is what the page with all keys says before them.
const referenceText = `# The keys of a shape

All keys that a shape can have, as the comments of ` + "`internal/shape`" + ` explain them. [The pages of the presets](README.md) show them in use, and
` + "`kubectl chaperone shapes NAME`" + ` prints one to start from; [schema.json](schema.json) has the types and the closed lists of values. "" is a key
that is left out.
`

// reference is what the sources say.
type reference struct {
	page strings.Builder
	// values has the value of each constant, and keys the name in a document of each field, also after the name of its type: Place.Ends.
	values, keys map[string]string
}

// FormatReference returns the page that explains all keys of a shape, in Markdown. The error says which comments cannot be read.
func FormatReference() (string, error) {
	entries, err := sources.ReadDir(".")
	if err != nil {
		return "", fmt.Errorf("list the keys of shapes: %w", err)
	}
	r := reference{values: make(map[string]string), keys: make(map[string]string)}
	var files []*ast.File
	for _, entry := range entries {
		// An embedded file can be read.
		content, _ := sources.ReadFile(entry.Name())
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), content, parser.ParseComments)
		if err != nil {
			return "", fmt.Errorf("list the keys of shapes: %w", err)
		}
		files = append(files, file)
	}
	for _, file := range files {
		ast.Inspect(file, r.collect)
	}
	r.page.WriteString(referenceText)
	for _, file := range files {
		for _, declaration := range file.Decls {
			if d, ok := declaration.(*ast.GenDecl); ok {
				r.write(d)
			}
		}
	}
	return r.page.String(), nil
}

// collect notes the values of constants and the keys of fields.
func (r *reference) collect(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if value, ok := findText(n, i); ok {
				r.values[name.Name] = value
			}
		}
	case *ast.TypeSpec:
		fields, _ := n.Type.(*ast.StructType)
		for _, field := range listFields(fields) {
			for _, name := range field.Names {
				r.keys[n.Name.Name+"."+name.Name] = findKey(field)
			}
		}
	}
	return true
}

// write writes the keys of a type, or the values of constants with comments.
func (r *reference) write(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if fields, ok := spec.Type.(*ast.StructType); ok && spec.Name.IsExported() {
				r.writeType(spec.Name.Name, d.Doc.Text(), fields)
			}
		case *ast.ValueSpec:
			r.writeConstant(d, spec)
		}
	}
}

// writeType writes the keys of a type. A field without a comment is one that the comment before it explains.
func (r *reference) writeType(name, comment string, fields *ast.StructType) {
	fmt.Fprintf(&r.page, "\n## %s\n\n%s\n\n| key | what it is |\n|---|---|\n", name, r.explain(name, comment))
	row, explained := "", ""
	for _, field := range append(listFields(fields), nil) {
		if field != nil && field.Doc == nil && row != "" {
			row += ", `" + findKey(field) + "`"
			continue
		}
		if row != "" {
			fmt.Fprintf(&r.page, "| %s | %s |\n", row, explained)
		}
		if field != nil {
			row, explained = "`"+findKey(field)+"`", r.explain(name, field.Doc.Text())
		}
	}
}

// writeConstant writes a value with a comment, and begins the table with the first one.
func (r *reference) writeConstant(d *ast.GenDecl, spec *ast.ValueSpec) {
	value, ok := findText(spec, 0)
	if !ok || !spec.Names[0].IsExported() || !d.Lparen.IsValid() {
		return
	}
	if spec == d.Specs[0] {
		fmt.Fprintf(&r.page, "\n%s\n\n| value | what it is |\n|---|---|\n", r.explain("Shape", d.Doc.Text()))
	}
	fmt.Fprintf(&r.page, "| `%s` | %s |\n", value, r.explain("Shape", spec.Doc.Text()))
}

// names are the words of a comment that may name a constant, or a field, with or without its type.
var names = regexp.MustCompile(`[A-Z]\w+(\.[A-Z]\w+)?`)

// explain returns a comment of a type on one line, with the keys and values that documents have in place of the names in the code.
func (r *reference) explain(typeName, comment string) string {
	comment = strings.ReplaceAll(strings.Join(strings.Fields(comment), " "), "|", "\\|")
	return names.ReplaceAllStringFunc(comment, func(word string) string {
		if value, ok := r.values[word]; ok && value != "" {
			return "`" + value + "`"
		}
		for _, name := range []string{word, typeName + "." + word} {
			if key, ok := r.keys[name]; ok {
				return "`" + key + "`"
			}
		}
		return word
	})
}

// findText returns the text that a constant is.
func findText(spec *ast.ValueSpec, i int) (string, bool) {
	if i >= len(spec.Values) {
		return "", false
	}
	literal, ok := spec.Values[i].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// listFields returns the fields that documents can have.
func listFields(fields *ast.StructType) (list []*ast.Field) {
	if fields == nil {
		return nil
	}
	for _, field := range fields.Fields.List {
		if findKey(field) != "" {
			list = append(list, field)
		}
	}
	return list
}

// findKey returns the key of a field in documents, or "".
func findKey(field *ast.Field) string {
	if field.Tag == nil {
		return ""
	}
	tag, _ := strconv.Unquote(field.Tag.Value)
	key, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	return key
}
