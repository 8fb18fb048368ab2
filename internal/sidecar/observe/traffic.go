package observe

import (
	"slices"
	"sync"
)

// Port is a declared port with the name of its shape.
type Port struct {
	Name  string `json:"name"`
	Shape string `json:"shape"`
}

// Model is a declared processor that serves a model.
type Model struct {
	Name string `json:"name"`
	// Host is its DNS name, with the port if it has one.
	Host string `json:"host"`
	// Calls is the number of requests to it that came through the sidecar, whatever became of them.
	Calls int64 `json:"calls"`
}

// traffic counts what shows whether a chatbot calls its models through the sidecar. It is safe for concurrent use.
type traffic struct {
	mu    sync.Mutex
	turns int64
	// calls are the calls of each processor, by its name. Configurations bound their number.
	calls map[string]int64
}

// CountTurn counts a message of a person that the chatbot has answered.
func (o *Observer) CountTurn() {
	t := &o.period.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turns++
}

// CountCall counts a call of the processor with the name, which must be that of a route.
func (o *Observer) CountCall(processor string) {
	t := &o.period.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls[processor]++
}

// list returns the number of turns, and the models with their calls.
func (t *traffic) list(models []Model) (turns int64, called []Model) {
	t.mu.Lock()
	defer t.mu.Unlock()
	called = slices.Clone(models)
	for i := range called {
		called[i].Calls = t.calls[called[i].Name]
	}
	return t.turns, called
}

// MergeTraffic returns the turns and the calls of models of several sidecars, added up. Models are in the order in which they come first.
func MergeTraffic(summaries []Summary) (turns int64, models []Model) {
	for _, s := range summaries {
		turns += s.Turns
		for _, m := range s.Models {
			i := slices.IndexFunc(models, func(known Model) bool { return known.Name == m.Name && known.Host == m.Host })
			if i < 0 {
				models = append(models, m)
				continue
			}
			models[i].Calls += m.Calls
		}
	}
	return turns, models
}
