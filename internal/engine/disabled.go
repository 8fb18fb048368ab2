package engine

import (
	"encoding/json"
	"maps"
	"sync"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// disabled remembers the rules of organisations that went beyond a limit, by the content of their policy: what changes is tried
// anew. It is safe for concurrent use.
type disabled struct {
	mu       sync.Mutex
	messages map[string]map[string]string
	call     func()
}

// add disables a rule, and tells whoever wants to know when it was not.
func (d *disabled) add(content, rule, message string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.messages == nil {
		d.messages = map[string]map[string]string{}
	}
	if d.messages[content] == nil {
		d.messages[content] = map[string]string{}
	}
	if d.messages[content][rule] != "" {
		return
	}
	d.messages[content][rule] = message
	if d.call != nil {
		d.call()
	}
}

// of returns what is disabled of a policy with this content: the message by rule.
func (d *disabled) of(content string) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.messages[content])
}

// contentOf is a text that is the same only for the same modules with the same parameters.
func contentOf(p *v1alpha1.GovernancePolicy) (string, error) {
	content, err := json.Marshal(sourceOf(p))
	return string(content), err
}
