package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// MaxListDepth bounds how many lists an object may be nested in, and with it the recursion of flattenList. Even a List in a List is rare:
// `kubectl get` prints one List.
const MaxListDepth = 8

// element is an object of a document: the document itself, or an item of a list in it.
type element struct {
	// path is the path of the object in its document, for example items[2].items[0]; "" for the document itself.
	path    string
	content map[string]any
}

// join returns the path of a member of the element in the document.
func (e element) join(member string) string {
	if e.path == "" {
		return member
	}
	return e.path + "." + member
}

// flattenList returns the items of a list and of the lists in it, in their order. If the element is not a list, it returns the element.
// depth is the number of lists around the element. problems has a message for each part that cannot be used.
func (r *Reader) flattenList(list element, depth int) (objects []element, problems []string) {
	u := unstructured.Unstructured{Object: list.content}
	if !r.isList(list.content) {
		// Any object may have a field named items. If it holds Kubernetes objects, kubectl would create them, so do not skip them.
		if !r.reads(u.GroupVersionKind()) && hasObjectItem(list.content) {
			return nil, []string{fmt.Sprintf("%s has Kubernetes objects as items, but is not a list: make it a List", cmp.Or(list.path, "this "+u.GetKind()))}
		}
		return []element{list}, nil
	}
	if depth == MaxListDepth {
		return nil, []string{fmt.Sprintf("%s: this %s is nested deeper than %d lists: move its items up", list.path, u.GetKind(), MaxListDepth)}
	}
	items, fault := listItems(list.content)
	if fault != "" {
		return nil, []string{fmt.Sprintf("%s of this %s is %s, not a list: correct it", list.join("items"), u.GetKind(), fault)}
	}
	for i, item := range items {
		path := list.join(fmt.Sprintf("items[%d]", i))
		content, isObject := item.(map[string]any)
		if !isObject {
			problems = append(problems, fmt.Sprintf("%s is %s, not an object: remove it or write an object", path, describeValue(item)))
			continue
		}
		setKind(content, itemKind(u.GroupVersionKind()))
		nested, nestedProblems := r.flattenList(element{path, content}, depth+1)
		objects, problems = append(objects, nested...), append(problems, nestedProblems...)
	}
	return objects, problems
}

// hasObjectItem reports whether an item of an object looks like a Kubernetes object. kubectl creates such items, whatever the kind of the
// object around them, so they must not pass without a verdict.
func hasObjectItem(content map[string]any) bool {
	items, _ := content["items"].([]any)
	return slices.ContainsFunc(items, func(item any) bool {
		object, _ := item.(map[string]any)
		u := unstructured.Unstructured{Object: object}
		return u.GetKind() != "" && u.GetAPIVersion() != ""
	})
}

// isList reports whether an object is a list. The kind of a list ends in `List`, as in `List` and `PodList`, but other kinds may end so
// too. Therefore the object must also have items, or be of the kind `List`, or be a list of a kind that is read.
func (r *Reader) isList(content map[string]any) bool {
	u := unstructured.Unstructured{Object: content}
	if !strings.HasSuffix(u.GetKind(), "List") {
		return false
	}
	_, hasItems := content["items"].([]any)
	item := itemKind(u.GroupVersionKind())
	isUntyped := item.Kind == "" // The object is of the kind `List`, whose items may be of any kind.
	return hasItems || isUntyped || r.reads(item)
}

// itemKind returns the kind of the items of a typed list. For a List, whose items can have any kind, the result has no kind.
func itemKind(list schema.GroupVersionKind) schema.GroupVersionKind {
	return list.GroupVersion().WithKind(strings.TrimSuffix(list.Kind, "List"))
}

// setKind sets the kind of an item that has none, and then its apiVersion if that is missing too: the API server omits both in the items of
// a typed list such as PodList. An empty kind sets nothing: the items of a `List` state their kinds.
func setKind(content map[string]any, kind schema.GroupVersionKind) {
	u := unstructured.Unstructured{Object: content}
	if kind.Kind == "" || u.GetKind() != "" {
		return
	}
	u.SetKind(kind.Kind)
	if u.GetAPIVersion() == "" {
		u.SetAPIVersion(kind.GroupVersion().String())
	}
}

// listItems returns the items of a list object. The field `items` may be null, because Go encodes a nil slice as null. If the field is
// no list, fault says what it is instead: "missing", or a type such as "a string".
func listItems(content map[string]any) (items []any, fault string) {
	value, isSet := content["items"]
	if !isSet {
		return nil, "missing"
	}
	if items, isArray := value.([]any); isArray || value == nil {
		return items, ""
	}
	return nil, describeValue(value)
}

// describeValue names the type of a decoded JSON value for people, with its article.
func describeValue(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
