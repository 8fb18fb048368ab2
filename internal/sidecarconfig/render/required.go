package render

import (
	"encoding/json"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// requirements are the merged values that the sidecar carries out, by dimension, as JSON has them.
type requirements map[string]any

func index(obligations []policy.Obligation) requirements {
	byDimension := make(requirements, len(obligations))
	for _, o := range obligations {
		byDimension[o.Dimension] = o.Value
	}
	return byDimension
}

// level returns the strictest level of a dimension; empty when nothing is required.
func (r requirements) level(dimension string) string {
	value, _ := r[dimension].(string)
	return value
}

// words returns the members of a set; empty when nothing is required.
func (r requirements) words(dimension string) []string {
	switch value := r[dimension].(type) {
	case []string:
		return value
	case []any:
		members := make([]string, 0, len(value))
		for _, member := range value {
			if word, ok := member.(string); ok {
				members = append(members, word)
			}
		}
		return members
	}
	return nil
}

// number returns a whole number; 0 when nothing is required.
func (r requirements) number(dimension string) int {
	switch value := r[dimension].(type) {
	case int:
		return value
	case float64:
		return int(value)
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return int(n)
		}
	}
	return 0
}

// smaller returns the smaller of two limits, where 0 stands for no limit.
func smaller(a, b int) int {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}
