package organisation

import (
	"encoding/json"
	"maps"
	"sync"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// disabledRules holds the rules of organisations that exceeded a limit. It groups the rules by the source of their policy, so a rule is
// enabled again when the modules or parameters of its policy change. It is safe for concurrent use.
type disabledRules struct {
	mu sync.Mutex
	// exceededLimits maps the key of a source (computeSourceKey), then the ID of a rule, to a sentence about the limit that the rule
	// exceeded.
	exceededLimits map[string]map[string]string
	// notify is called, with mu held, when a rule is disabled. It may be nil.
	notify func()
}

// add disables a rule, with a sentence about the limit that it exceeded, and calls notify. It does nothing if the rule is already disabled.
func (d *disabledRules) add(sourceKey, rule, limit string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.exceededLimits == nil {
		d.exceededLimits = map[string]map[string]string{}
	}
	if d.exceededLimits[sourceKey] == nil {
		d.exceededLimits[sourceKey] = map[string]string{}
	}
	if d.exceededLimits[sourceKey][rule] != "" {
		return
	}
	d.exceededLimits[sourceKey][rule] = limit
	if d.notify != nil {
		d.notify()
	}
}

// get returns, by rule ID, the sentence about the limit that each disabled rule of a source exceeded.
func (d *disabledRules) get(sourceKey string) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.exceededLimits[sourceKey])
}

// OnDisabled sets the function to call when a rule is disabled. The function must not block or use the engine, because it runs while a
// lock of the engine is held.
func (r *Resolver) OnDisabled(notify func()) {
	r.disabled.mu.Lock()
	defer r.disabled.mu.Unlock()
	r.disabled.notify = notify
}

// computeSourceKey returns a text that identifies the source of a policy's rules: its name, modules and parameters.
func computeSourceKey(p *v1alpha1.GovernancePolicy) (string, error) {
	encoded, err := json.Marshal(newSource(p))
	return string(encoded), err
}
