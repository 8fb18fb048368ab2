package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/product"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// The rules of which a patch mends findings.
const (
	// rulePortNamed and ruleTargetByName are broken by one unnamed port, at the workload and at its Services.
	rulePortNamed    = "workload.governed_port_named"
	ruleTargetByName = "service.target_by_name"
	// ruleHeadlessPort is broken by a headless Service, together with ruleTargetByName if it leads to a number.
	ruleHeadlessPort = "service.headless_port"
)

// portRemedy is the remedy of a cause with findings of rulePortNamed and ruleTargetByName.
const portRemedy = "Give each port to which a Service leads a name, and let the Services lead to the names instead of the numbers: " +
	"the sidecar takes over the name of the chatbot's port. Other ports, such as one for metrics, stay the app's; under Deny, those that " +
	"spec.openPorts does not name are closed."

// headlessRemedy is the remedy of a cause with findings about Services that only name pods.
const headlessRemedy = "Remove the ports of this headless Service: it only gives names to the pods of its StatefulSet, for which it needs none, and people " +
	"reach the chatbot by another Service."

// Finding is a finding about an object of the input.
type Finding struct {
	Object  manifest.Object
	Finding policy.Finding
	// IsPatched is true if Patch repairs it.
	IsPatched bool
}

// IsPatched reports whether the patch repairs a finding about the object.
func IsPatched(o manifest.Object, f policy.Finding, chatbots []Chatbot) bool {
	for _, c := range chatbots {
		switch f.Rule {
		case rulePortNamed:
			if c.NeedsPortName && c.Workload.String() == o.String() {
				return true
			}
		case ruleTargetByName, ruleHeadlessPort:
			if slices.ContainsFunc(c.Services, func(s manifest.Object) bool { return s.String() == o.String() && c.patchesField(s, f.Field) }) {
				return true
			}
		}
	}
	return false
}

// patchesField reports whether the patch replaces the number at a field such as `spec.ports[0].targetPort` of a Service, or removes the port.
func (c Chatbot) patchesField(service manifest.Object, field string) bool {
	if isHeadless(service) {
		return c.onlyNames(service)
	}
	for i, p := range service.Service.Spec.Ports {
		if field == fmt.Sprintf("spec.ports[%d].targetPort", i) {
			return c.nameOf(p) != ""
		}
	}
	return false
}

// GroupByCause returns the causes of the findings: first those of the group effect, then those of hygiene, each by action (the strongest
// first) and then by the number of places.
// Findings that one rule has about several objects have one cause, and so do an unnamed port and the Services that lead to its number.
func GroupByCause(findings []Finding) []report.Cause {
	byKey := map[string]*report.Cause{}
	var keys []string
	for _, f := range findings {
		remedy, repair := describe(f)
		key := repair + remedy + string(f.Finding.Action)
		cause, known := byKey[key]
		if !known {
			cause = &report.Cause{Group: f.Finding.Group, Action: f.Finding.Action, Remedy: remedy, Repair: repair}
			byKey[key], keys = cause, append(keys, key)
		}
		if !slices.Contains(cause.Rules, f.Finding.Rule) {
			cause.Rules = append(cause.Rules, f.Finding.Rule)
		}
		cause.Places = append(cause.Places, report.CausePlace{
			ObjectName: NameObject(f.Object), Rule: f.Finding.Rule, Field: f.Finding.Field,
			Found: f.Finding.Found, Required: f.Finding.Required,
		})
	}
	causes := []report.Cause{}
	for _, key := range keys {
		slices.Sort(byKey[key].Rules)
		causes = append(causes, *byKey[key])
	}
	slices.SortStableFunc(causes, func(a, b report.Cause) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(len(b.Places), len(a.Places)))
	})
	return causes
}

// order returns the position of a cause by group and action.
func order(c report.Cause) int {
	actions := report.ListActions()
	position := slices.Index(actions, c.Action)
	if c.Group == policy.GroupHygiene {
		position += len(actions)
	}
	return position
}

// describe returns the remedy of a finding and what mends it.
func describe(f Finding) (remedy, repair string) {
	if f.IsPatched && f.Object.Service != nil && isHeadless(f.Object) {
		return headlessRemedy, "patch"
	}
	isPort := f.Finding.Rule == rulePortNamed || f.Finding.Rule == ruleTargetByName
	if isPort && f.IsPatched {
		return portRemedy, "patch"
	}
	return f.Finding.Remedy, "people"
}

// NameObject returns the name of an object as a report shows it.
func NameObject(o manifest.Object) report.ObjectName {
	return report.ObjectName{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}
}

// ListCallers returns the workloads that call the model server through one of its Services, as `Deployment shop/bot`; never nil.
func ListCallers(server Chatbot, chatbots []Chatbot) []string {
	callers := []string{}
	if server.Match.Role == product.RoleChatbot {
		return callers
	}
	for _, c := range chatbots {
		isCaller := slices.ContainsFunc(c.Models, func(call report.ModelCall) bool { return server.answersAt(call.Host, c.Workload.Namespace) })
		if isCaller && c.Workload.String() != server.Workload.String() {
			callers = append(callers, c.Workload.String())
		}
	}
	return callers
}

// RemoveBackends returns the chatbots without the model servers and gateways that another one of them calls: these are processors in the
// declaration of the caller, and need none of their own.
func RemoveBackends(chatbots []Chatbot) []Chatbot {
	return slices.DeleteFunc(slices.Clone(chatbots), func(c Chatbot) bool { return len(ListCallers(c, chatbots)) > 0 })
}

// answersAt reports whether a host is one of the chatbot's Services, as a pod of the namespace writes it, or a pod of a StatefulSet by such
// a Service: ollama-0.ollama.
func (c Chatbot) answersAt(host, namespace string) bool {
	name, _, _ := strings.Cut(host, ":")
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".cluster.local"), ".svc")
	if first, rest, hasRest := strings.Cut(name, "."); hasRest && c.Workload.Kind == "StatefulSet" && strings.HasPrefix(first, c.Workload.Name+"-") {
		name = rest
	}
	for _, s := range c.Services {
		isShort := name == s.Name && namespace == s.Namespace
		if isShort || name == s.Name+"."+s.Namespace {
			return true
		}
	}
	return false
}
