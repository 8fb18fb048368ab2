package webhook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gomodules.xyz/jsonpatch/v2"
	"k8s.io/apimachinery/pkg/api/equality"
)

// newPatch returns the JSON patch (RFC 6902) from one object to another, always in the same order. It identifies the members of a list by
// name and patches each one. This keeps the fields that a newer API server has and this build does not know.
func newPatch(before, after any) ([]jsonpatch.Operation, error) {
	oldTree, err := toTree(before)
	if err != nil {
		return nil, err
	}
	newTree, err := toTree(after)
	if err != nil {
		return nil, err
	}
	return differ{}.diffValue("", oldTree, newTree).operations, nil
}

// toTree returns the object as JSON decodes into `any`: maps, lists and scalars.
func toTree(object any) (any, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("encode for patch: %w", err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("decode for patch: %w", err)
	}
	return tree, nil
}

// differ collects the operations of a patch. Each diff method compares the old and the new value at a path (a JSON pointer, RFC 6901), and
// returns the differ with the operations that turn one into the other.
type differ struct{ operations []jsonpatch.Operation }

func (d differ) add(operation, path string, value any) differ {
	d.operations = append(d.operations, jsonpatch.NewOperation(operation, path, value))
	return d
}

// diffValue patches the members of an object or of a list. It replaces any other value that changed.
func (d differ) diffValue(path string, oldValue, newValue any) differ {
	oldObject, isObject := oldValue.(map[string]any)
	newObject, isStillObject := newValue.(map[string]any)
	if isObject && isStillObject {
		return d.diffObject(path, oldObject, newObject)
	}
	oldList, isList := oldValue.([]any)
	newList, isStillList := newValue.([]any)
	if isList && isStillList {
		return d.diffList(path, oldList, newList)
	}
	if equality.Semantic.DeepEqual(oldValue, newValue) {
		return d
	}
	return d.add("replace", path, newValue)
}

// diffObject removes, adds or compares the members of an object, sorted by name.
func (d differ) diffObject(path string, oldObject, newObject map[string]any) differ {
	union := maps.Clone(oldObject)
	maps.Copy(union, newObject)
	for _, name := range slices.Sorted(maps.Keys(union)) {
		memberPath := path + "/" + escapePointer(name)
		oldValue, isInOld := oldObject[name]
		newValue, isInNew := newObject[name]
		switch {
		case !isInNew:
			d = d.add("remove", memberPath, nil)
		case !isInOld:
			d = d.add("add", memberPath, newValue)
		default:
			d = d.diffValue(memberPath, oldValue, newValue)
		}
	}
	return d
}

// diffList removes the members that are gone, the last one first so that earlier indices stay valid. It then patches the members that both
// lists have, and adds the new ones, the first one first. It replaces the whole list if common members changed their order or if the
// names in a list are not unique.
func (d differ) diffList(path string, oldList, newList []any) differ {
	oldNames, isOldUnique := nameMembers(oldList)
	newNames, isNewUnique := nameMembers(newList)
	commonInOldOrder, commonInNewOrder := intersect(oldNames, newNames), intersect(newNames, oldNames)
	canPatchMembers := isOldUnique && isNewUnique && slices.Equal(commonInOldOrder, commonInNewOrder)
	if !canPatchMembers {
		if equality.Semantic.DeepEqual(oldList, newList) {
			return d
		}
		return d.add("replace", path, newList)
	}
	for i := len(oldNames) - 1; i >= 0; i-- {
		if !slices.Contains(newNames, oldNames[i]) {
			d = d.add("remove", path+"/"+strconv.Itoa(i), nil)
		}
	}
	// After the removals, the list has the common members in their order.
	for i, name := range commonInOldOrder {
		d = d.diffValue(path+"/"+strconv.Itoa(i), oldList[slices.Index(oldNames, name)], newList[slices.Index(newNames, name)])
	}
	for i, name := range newNames {
		if !slices.Contains(oldNames, name) {
			d = d.add("add", path+"/"+strconv.Itoa(i), newList[i])
		}
	}
	return d
}

// intersect returns the names that are in both lists, in the order of the first list.
func intersect(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return !slices.Contains(other, name) })
}

// nameMembers returns the name of each member of a list (see nameMember), and whether the names are unique.
func nameMembers(list []any) (names []string, isUnique bool) {
	names = make([]string, 0, len(list))
	for _, member := range list {
		names = append(names, nameMember(member))
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(names)))
	return names, len(distinct) == len(names)
}

// nameMember returns the name that identifies a member in its list: the number and protocol of a container port, the path of a mount, the
// name of any other object, or the value itself if it has no name. A port is not identified by its name, because injection changes the
// names of ports.
func nameMember(member any) string {
	// The object is nil, and has no fields, if the member is not an object.
	object, _ := member.(map[string]any)
	if number, ok := object["containerPort"]; ok {
		return fmt.Sprint("port ", number, object["protocol"])
	}
	for _, field := range []string{"mountPath", "name"} {
		if name, ok := object[field].(string); ok {
			return field + " " + name
		}
	}
	return fmt.Sprint(member)
}

// escapePointer escapes the name of a member for a JSON pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
