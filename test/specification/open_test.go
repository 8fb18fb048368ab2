package specification_test

import "slices"

// contradiction is an entry of contradictions.yaml.
type contradiction struct {
	Unknown string           `json:"unknown"`
	All     []map[string]any `json:"all"`
}

// leftOpen returns the facts that the declaration states and leaves open by what else it states.
func (c *chatbot) leftOpen() map[string]bool {
	open, fields := map[string]bool{}, c.fields()
	for _, one := range c.contradictions {
		isSaid := one.Unknown != "" && !slices.ContainsFunc(one.All, func(s map[string]any) bool { return !states(fields, s) })
		open[one.Unknown] = open[one.Unknown] || isSaid
	}
	return open
}

// states tells whether a statement about a field holds.
func states(fields, statement map[string]any) bool {
	stated := read(fields, statement["field"].(string))
	list, isList := stated.([]any)
	has := func(key string) func(any) bool {
		return func(one any) bool { return slices.Contains(statement[key].([]any), one) }
	}
	number, isNumber := stated.(float64)
	switch {
	case statement["is"] != nil:
		return has("is")(stated)
	case statement["has"] != nil:
		return slices.ContainsFunc(list, has("has"))
	case statement["only"] != nil:
		return len(list) > 0 && !slices.ContainsFunc(list, func(one any) bool { return !has("only")(one) })
	case statement["lacks"] != nil:
		return isList && !slices.ContainsFunc(list, has("lacks"))
	case statement["atLeast"] != nil:
		return isNumber && number >= statement["atLeast"].(float64)
	case statement["below"] != nil:
		return isNumber && number < statement["below"].(float64)
	case statement["stated"] != nil:
		isMissing := stated == nil || stated == "" || isList && len(list) == 0
		return statement["stated"].(bool) != isMissing
	}
	panic("no test of a statement that leaves a fact open")
}
