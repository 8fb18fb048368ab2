package organisation

import (
	"encoding/json"
	"maps"
	"sync"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// disabledRules remembers the rules of organisations that exceeded a limit, by the content of their policy: a rule gets another try
// when its policy changes. It is safe for concurrent use.
type disabledRules struct {
	mu       sync.Mutex
	messages map[string]map[string]string
	notify   func()
}

// add disables a rule, and calls notify unless the rule is disabled already.
func (d *disabledRules) add(content, rule, message string) {
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
	if d.notify != nil {
		d.notify()
	}
}

// get returns the disabled rules of a policy with this content, each with the limit that it exceeded.
func (d *disabledRules) get(content string) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.messages[content])
}

// OnDisabled sets the function to call when a rule is disabled. It must not block, and must not use the engine.
func (r *Resolver) OnDisabled(notify func()) {
	r.disabled.mu.Lock()
	defer r.disabled.mu.Unlock()
	r.disabled.notify = notify
}

// contentOf returns a text that is the same only for the same policy name, modules and parameters.
func contentOf(p *v1alpha1.GovernancePolicy) (string, error) {
	content, err := json.Marshal(sourceOf(p))
	return string(content), err
}
