package shape

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Egress says what the sidecar sees to in the calls of a model, apart from their texts: members of the request by which the model service
// keeps conversations, trains on them, or learns who writes. It holds for turns of processors whose requests are JSON; ports have no use for
// it.
type Egress struct {
	// Against is what the row prevents: AgainstStorage, AgainstTraining or AgainstIdentification.
	Against string `json:"against"`
	// Hosts lists the hosts for which the row holds, in lower case and without a port; one that begins with `*.` stands for all hosts below it.
	// Empty means all hosts. A row with AgainstIdentification holds only for hosts outside of the cluster.
	Hosts List `json:"hosts,omitempty"`
	// Evidence says where the maker of the API defines the members.
	Evidence Evidence `json:"evidence,omitzero"`
	// Set maps selectors of members to the JSON that they get, whatever the app says, and also if it says nothing. Objects on the way to the
	// member are created.
	Set map[string]string `json:"set,omitempty"`
	// Forbid lists what must not be asked for. It is checked before Set.
	Forbid []Forbidden `json:"forbid,omitempty"`
	// Drop lists selectors of members that are taken away.
	Drop List `json:"drop,omitempty"`
	// Pseudonymize lists selectors of texts and numbers in place of which the service gets a keyed hash. It stays the same as long as the
	// sidecar runs.
	Pseudonymize List `json:"pseudonymize,omitempty"`
}

// The values of Egress.Against.
const (
	// AgainstStorage keeps the service from storing conversations. The declaration can lift it (`storesConversations`).
	AgainstStorage = "storage"
	// AgainstTraining keeps the service from training on conversations. The declaration can lift it (`trainsOnData`).
	AgainstTraining = "training"
	// AgainstIdentification keeps the service from learning who writes.
	AgainstIdentification = "identification"
)

// Forbidden is a value that a call must not have.
type Forbidden struct {
	// At lists selectors of the places. A step may be `[*]` for all elements of a list.
	At List `json:"at"`
	// In lists the JSON of the values; AnyValue stands for every value but null.
	In List `json:"in"`
	// Fault is the sentence that says what the call asks for, and Remedy the one that says what to do.
	Fault  string `json:"fault"`
	Remedy string `json:"remedy"`
}

// maxEgress bounds the rows of Shape.Egress, and maxEgressPlaces the selectors of each.
const (
	maxEgress       = 16
	maxEgressPlaces = 32
)

// aims lists the values of Egress.Against.
func aims() []string { return []string{AgainstIdentification, AgainstStorage, AgainstTraining} }

// IsFor reports whether the row holds for calls of a host, which is in lower case and without a port.
func (e *Egress) IsFor(host string) bool {
	return len(e.Hosts) == 0 || slices.ContainsFunc(e.Hosts, func(pattern string) bool {
		suffix, isPattern := strings.CutPrefix(pattern, "*")
		return pattern == host || isPattern && strings.HasSuffix(host, suffix) && len(host) > len(suffix)
	})
}

// ModelVariable stands in a path for the name of the model.
const ModelVariable = "{model}"

// modelMember matches a member of the whole document.
var modelMember = regexp.MustCompile(`^\$\.[A-Za-z_][A-Za-z0-9_]*$`)

// checkEgress checks what the sidecar sees to in calls of models.
func (s *Shape) checkEgress(f *faults) {
	isPlace := s.Model == "" || s.Model == ModelVariable || modelMember.MatchString(s.Model)
	f.addIf(!isPlace, "model", fmt.Sprintf("it is %q", s.Model), "Write a member, such as $.model, or {model} for the variable of a path.")
	f.addIf(len(s.Egress) > maxEgress, "egress", fmt.Sprintf("it has %d rows", len(s.Egress)), fmt.Sprintf("Use at most %d.", maxEgress))
	for i := range s.Egress {
		e, at := &s.Egress[i], fmt.Sprintf("egress[%d]", i)
		f.checkOneOf(at+".against", e.Against, aims())
		if !s.isBare {
			checkEvidence(f, at+".evidence", e.Evidence)
		}
		count := len(e.Set) + len(e.Forbid) + len(e.Drop) + len(e.Pseudonymize)
		f.addIf(count == 0, at, "it does nothing", "Give it set, forbid, drop or pseudonymize.")
		f.addIf(count > maxEgressPlaces, at, fmt.Sprintf("it has %d places", count), fmt.Sprintf("Use at most %d.", maxEgressPlaces))
		for _, host := range e.Hosts {
			isHost := host != "" && host == strings.ToLower(host) && !strings.ContainsAny(strings.TrimPrefix(host, "*."), "*:/ ")
			f.addIf(!isHost, at+".hosts", fmt.Sprintf("%q is no host", host), "Write it in lower case and without a port, or as *.example.com.")
		}
		e.checkPlaces(f, at)
	}
}

// checkPlaces checks the selectors and the JSON of a row.
func (e *Egress) checkPlaces(f *faults, at string) {
	for selector, value := range e.Set {
		checkMembers(f, at+".set", selector, false)
		f.addIf(!json.Valid([]byte(value)), at+".set", fmt.Sprintf("the value of %s is not JSON", selector), "Write JSON, as a text: \"false\".")
	}
	for _, selector := range e.Drop {
		checkMembers(f, at+".drop", selector, false)
	}
	for _, selector := range e.Pseudonymize {
		checkMembers(f, at+".pseudonymize", selector, false)
	}
	for i, forbidden := range e.Forbid {
		where := fmt.Sprintf("%s.forbid[%d]", at, i)
		for _, selector := range forbidden.At {
			checkMembers(f, where+".at", selector, true)
		}
		f.addIf(len(forbidden.At) == 0 || len(forbidden.In) == 0, where, "it names no place or no value", "Fill in at and in.")
		f.checkFilled(where+".fault", forbidden.Fault)
		f.checkFilled(where+".remedy", forbidden.Remedy)
	}
}

// checkMembers adds a fault if a selector leads otherwise than by names of members, or to the whole document.
func checkMembers(f *faults, where, selector string, allowsElements bool) {
	steps, err := ParseSelector(selector)
	if err != nil {
		f.add(where, err.Error(), "Correct the selector.")
		return
	}
	isOther := func(s Step) bool { return s.Kind != ToMember && (s.Kind != ToElements || !allowsElements) }
	f.addIf(len(steps) == 0 || slices.ContainsFunc(steps, isOther), where, fmt.Sprintf("%q does not consist of member names", selector),
		"Write names of members, such as $.store.")
}
