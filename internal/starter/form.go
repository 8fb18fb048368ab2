package starter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	k8sschema "k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/blank"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
)

// Form is a draft of a declaration whose blanks are being filled in.
type Form struct {
	// document is the whole object, without the questions at blanks; spec is its specification.
	document, spec *yaml.Node
	// Name is `namespace/name` of the declaration, or its name alone if it states no namespace.
	Name string
	// find returns what the schema says of a field below spec, and describe says it in words.
	find     func(field string) (schema.Field, bool)
	describe func(field string) string
}

// ReadForms returns a form for each declaration of a YAML file, which may have empty documents. The error says which document is none.
func (s *Searcher) ReadForms(content []byte) ([]*Form, error) {
	var forms []*Form
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for number := 1; ; number++ {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return forms, nil
		}
		if err != nil {
			return nil, fmt.Errorf("document %d is not YAML (%w): correct it", number, err)
		}
		if isEmpty := isBlank(document.Content[0]); isEmpty { // Such as what follows the last `---`.
			continue
		}
		form, err := s.newForm(&document)
		if err != nil {
			return nil, fmt.Errorf("document %d %w", number, err)
		}
		forms = append(forms, form)
	}
}

// newForm returns the form of a document. The error continues a sentence that begins with the document.
func (s *Searcher) newForm(document *yaml.Node) (*Form, error) {
	var object struct {
		Kind     string
		Metadata struct{ Name, Namespace string }
	}
	if err := document.Decode(&object); err != nil || object.Kind != "ChatbotDeployment" {
		return nil, errors.New("is not a ChatbotDeployment: give drafts of declarations only")
	}
	removeQuestions(document)
	name := strings.TrimPrefix(object.Metadata.Namespace+"/"+object.Metadata.Name, "/")
	f := &Form{document: document.Content[0], Name: name, find: s.FindField, describe: s.describe}
	f.spec = findValue(f.document, "spec")
	if f.spec == nil || f.spec.Kind != yaml.MappingNode {
		return nil, errors.New("has no spec: begin with a draft of `kubectl chaperone assess -o draft`")
	}
	return f, nil
}

// removeQuestions removes the comments at and below a node, except those at the end of a line with a value. In a draft, these say what to
// know of the value, such as that observing comes first; the others are about the draft, or questions, which the answers replace.
func removeQuestions(n *yaml.Node) {
	n.HeadComment, n.FootComment = "", ""
	isValue := n.Kind == yaml.ScalarNode && !isBlank(n)
	if !isValue {
		n.LineComment = ""
	}
	for i, child := range n.Content {
		removeQuestions(child)
		if isKey := n.Kind == yaml.MappingNode && i%2 == 0; isKey {
			child.LineComment = ""
		}
	}
}

// String returns the declaration as YAML.
func (f *Form) String() string {
	var b strings.Builder
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	_ = encoder.Encode(f.document) // A node that was decoded can be encoded, and a strings.Builder does not fail.
	return b.String()
}

// Blanks returns the fields that are still blank.
func (f *Form) Blanks() []blank.Blank {
	var spec map[string]any
	if err := f.spec.Decode(&spec); err != nil {
		return nil
	}
	return blank.Find(spec, f.describe)
}

// splitField returns the path of the object that has the field, "" for the specification itself, and the key of the field in the object.
func splitField(field string) (parent, key string) {
	dot := strings.LastIndex(field, ".")
	return field[:max(dot, 0)], field[dot+1:]
}

// findField returns the value at a path such as `processors[0].country`; nil if there is none. The value at "" is the mapping.
func findField(mapping *yaml.Node, path string) *yaml.Node {
	if path == "" {
		return mapping
	}
	key, rest, _ := strings.Cut(path, ".")
	value := findMember(mapping, key)
	if value == nil || (rest != "" && value.Kind != yaml.MappingNode) {
		return nil
	}
	return findField(value, rest)
}

// canHave reports whether findOrAdd can find or add the value at a path: it adds missing fields, also below a blank, and the next item of a
// list.
func canHave(mapping *yaml.Node, path string) bool {
	key, rest, hasRest := strings.Cut(path, ".")
	value := findMember(mapping, key)
	_, _, isItem := cutIndex(key)
	switch {
	case value == nil && isItem && !isNextItem(mapping, key):
		return false
	case !hasRest:
		return true
	case value == nil, isBlank(value):
		return canHave(&yaml.Node{Kind: yaml.MappingNode}, rest)
	}
	return value.Kind == yaml.MappingNode && canHave(value, rest)
}

// isNextItem reports whether a key such as `processors[1]` has the index after that of the last item of the list, which may be missing.
func isNextItem(mapping *yaml.Node, key string) bool {
	name, index, _ := cutIndex(key)
	list := findValue(mapping, name)
	if list == nil || isBlank(list) {
		return index == "0"
	}
	return list.Kind == yaml.SequenceNode && index == strconv.Itoa(len(list.Content))
}

// removeField removes a member of an object, or an item of a list, from the mapping. It returns false if there is none.
func removeField(mapping *yaml.Node, field string) bool {
	path, key := splitField(field)
	parent := findField(mapping, path)
	if parent == nil || parent.Kind != yaml.MappingNode {
		return false
	}
	if name, index, hasIndex := cutIndex(key); hasIndex {
		return removeItem(parent, name, index)
	}
	i := slices.Index(listKeys(parent), key)
	if i < 0 {
		return false
	}
	parent.Content = slices.Delete(parent.Content, 2*i, 2*i+2)
	return true
}

// removeItem removes an item from the list that is a member of the mapping. It returns false if there is no such item. It removes the only
// item together with the list: an empty list would declare that there is nothing.
func removeItem(mapping *yaml.Node, name, index string) bool {
	list := findValue(mapping, name)
	item := findItem(list, index)
	if item == nil {
		return false
	}
	if len(list.Content) == 1 {
		return removeField(mapping, name)
	}
	i := slices.Index(list.Content, item)
	list.Content = slices.Delete(list.Content, i, i+1)
	return true
}

// ListFields returns the paths of all fields below spec that a declaration can have, sorted, with `[]` for the items of a list and `*` for
// the keys of a map: `processors[].country`.
func (s *Searcher) ListFields() []string {
	return s.schema.ListFields(declarationKind(), "spec")
}

// FindField returns what the schema says of a field below spec, such as `processors[0].country`. It returns false if a declaration cannot have
// the field.
func (s *Searcher) FindField(field string) (schema.Field, bool) {
	return s.schema.FindField(declarationKind(), "spec."+field)
}

// describe says in words what the schema says of a field below spec.
func (s *Searcher) describe(field string) string {
	return s.schema.Describe(declarationKind(), "spec."+field)
}

func declarationKind() k8sschema.GroupVersionKind {
	return v1alpha1.GroupVersion.WithKind("ChatbotDeployment")
}
