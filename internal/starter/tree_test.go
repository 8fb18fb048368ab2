package starter

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestRemoveAt removes a value from a specification, which is written in YAML.
func TestRemoveAt(t *testing.T) {
	for name, test := range map[string]struct {
		spec string
		path positions
		// want is the specification that is left; empty if the value cannot be removed.
		want string
	}{
		"a member": {"{a: 1, b: 2}", positions{0}, "{b: 2}"},
		"the last member of a mapping in a mapping": {"{a: {b: 1}, c: 2}", positions{0, 0}, "{c: 2}"},
		"an item":                                        {"{a: [1, 2]}", positions{0, 1}, "{a: [1]}"},
		"the only item":                                  {"{a: [1]}", positions{0, 0}, ""},
		"the last member of one item of several":         {"{a: [{b: 1}, {c: 2}]}", positions{0, 0, 0}, "{a: [{c: 2}]}"},
		"the last member of the only item":               {"{a: [{b: 1}]}", positions{0, 0, 0}, ""},
		"the last member far below the only item":        {"{a: [{b: {c: 1}}], d: 2}", positions{0, 0, 0, 0}, ""},
		"the only item of a list in the only item":       {"{a: [[1]]}", positions{0, 0, 0}, ""},
		"one member of several of the only item":         {"{a: [{b: 1, c: 2}]}", positions{0, 0, 1}, "{a: [{b: 1}]}"},
		"a member that is not there":                     {"{a: 1}", positions{1}, ""},
		"a member below a value that is not a container": {"{a: 1}", positions{0, 0}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var document yaml.Node
			if err := yaml.Unmarshal([]byte(test.spec), &document); err != nil {
				t.Fatal(err)
			}
			left, ok := removeAt(document.Content[0], test.path)
			got := ""
			if ok {
				got = formatFlow(left)
			}
			if got != test.want {
				t.Errorf("left is %q, want %q", got, test.want)
			}
		})
	}
}
