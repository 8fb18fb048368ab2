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

// patch returns the JSON patch (RFC 6902) from one object to another, always in the same order. It identifies the members of a list by
// name and patches each one. This keeps the fields that a newer API server has and this build does not know.
func patch(before, after any) ([]jsonpatch.Operation, error) {
	from, err := tree(before)
	if err != nil {
		return nil, err
	}
	to, err := tree(after)
	if err != nil {
		return nil, err
	}
	return differ{}.value("", from, to).operations, nil
}

func tree(object any) (any, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("encode for patch: %w", err)
	}
	var decoded any
	if err := json.Unmarshal(data, &decoded); err != nil {
		return nil, fmt.Errorf("decode for patch: %w", err)
	}
	return decoded, nil
}

type differ struct{ operations []jsonpatch.Operation }

func (d differ) add(operation, path string, value any) differ {
	d.operations = append(d.operations, jsonpatch.NewOperation(operation, path, value))
	return d
}

func (d differ) value(path string, from, to any) differ {
	fromObject, isObject := from.(map[string]any)
	toObject, toIsObject := to.(map[string]any)
	if isObject && toIsObject {
		return d.object(path, fromObject, toObject)
	}
	fromList, isList := from.([]any)
	toList, toIsList := to.([]any)
	if isList && toIsList {
		return d.list(path, fromList, toList)
	}
	if equality.Semantic.DeepEqual(from, to) {
		return d
	}
	return d.add("replace", path, to)
}

func (d differ) object(path string, from, to map[string]any) differ {
	all := maps.Clone(from)
	maps.Copy(all, to)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		below := path + "/" + escape(name)
		old, had := from[name]
		value, has := to[name]
		switch {
		case !has:
			d = d.add("remove", below, nil)
		case !had:
			d = d.add("add", below, value)
		default:
			d = d.value(below, old, value)
		}
	}
	return d
}

// list removes the members that are gone, the last one first so that earlier indices stay valid. It then patches the members that both
// lists have, and adds the new ones, the first one first. It replaces the whole list if common members changed their order or if the
// names in a list are not unique.
func (d differ) list(path string, from, to []any) differ {
	old, oldUnique := names(from)
	wanted, unique := names(to)
	// kept and stayed hold the common names: kept in the old order, stayed in the wanted order.
	kept, stayed := both(old, wanted), both(wanted, old)
	if !oldUnique || !unique || !slices.Equal(kept, stayed) {
		if equality.Semantic.DeepEqual(from, to) {
			return d
		}
		return d.add("replace", path, to)
	}
	for i := len(old) - 1; i >= 0; i-- {
		if !slices.Contains(wanted, old[i]) {
			d = d.add("remove", path+"/"+strconv.Itoa(i), nil)
		}
	}
	for i, name := range kept {
		d = d.value(path+"/"+strconv.Itoa(i), from[slices.Index(old, name)], to[slices.Index(wanted, name)])
	}
	for i, name := range wanted {
		if !slices.Contains(old, name) {
			d = d.add("add", path+"/"+strconv.Itoa(i), to[i])
		}
	}
	return d
}

// both returns the names that are in both lists, in the order of the first list.
func both(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return !slices.Contains(other, name) })
}

// names returns a name for each member (see identity), and reports whether the names are unique.
func names(list []any) ([]string, bool) {
	found := make([]string, 0, len(list))
	for _, member := range list {
		found = append(found, identity(member))
	}
	return found, len(slices.Compact(slices.Sorted(slices.Values(found)))) == len(found)
}

// identity returns the name that identifies a member in its list: the number and protocol of a container port, the path of a mount,
// the name of any other object, or the value itself if it has no name. The name of a port does not identify it, because injection
// changes it.
func identity(member any) string {
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

// escape writes a member name as part of a JSON pointer (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
