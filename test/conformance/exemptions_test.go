package conformance_test

import (
	"slices"
	"testing"
)

// exemption frees rules from having cases of a kind.
type exemption struct {
	kind   string
	reason string
	rules  []string
}

func exemptions() []exemption {
	return []exemption{
		{boundary, "it is stated or not: nothing lies between", []string{
			"consent.optOutSignal", "consent.withdrawal", "contract.processorAgreement", "contract.withdrawalFunction",
			"conflicts.suppression_list", "fairness.accessibilityStatement", "fairness.darkPatterns", "fairness.monitoring", "oversight.crisisProtocol", "oversight.humanReview", "oversight.supervisor",
			"personal_data.minimise", "residency.localCopy", "retention.declared", "retention.deleteAtEnd", "rights.contact",
			"transparency.disclosure", "transparency.noticeAt", "transparency.truthful",
		}},
		{boundary, "a contact is told at once, so that no number is compared", []string{
			"security.authorityHours", "security.peopleHours", "security.seriousIncidentHours",
		}},
		{boundary, "no law keeps for just as long as another lets a request wait", []string{"conflicts.erase_and_keep"}},
		{boundary, "a word is known or not", []string{
			"declaration.unknown_category", "declaration.unknown_class", "declaration.unknown_code", "declaration.unknown_country", "declaration.unknown_currency",
			"declaration.unknown_dimension", "declaration.unknown_language", "declaration.unknown_notice", "declaration.unknown_parameter",
			"declaration.unknown_place", "declaration.unknown_role", "declaration.unknown_shape", "declaration.unusable_shape",
			"declaration.unusable_signature", "residency.certified_recipient", "transparency.mark_on_voice",
		}},
		{boundary, "a pod, a Service or a connection has what is refused or has it not", []string{
			"connection.app_closed", "connection.port_forward", "connection.sidecar_closed", "service.external_ips",
			"workload.added_capabilities", "workload.ephemeral_container", "workload.governed_port_named",
			"workload.governed_port_shared", "workload.governed_port_taken_over", "workload.host_ipc", "workload.host_network", "workload.host_path", "workload.host_pid",
			"workload.host_port", "workload.host_process", "workload.image_by_digest", "workload.label_and_declaration",
			"workload.literal_credentials", "workload.model_base_url", "workload.privileged", "workload.region_affinity",
			"workload.run_as_root", "workload.service_account_token", "workload.share_process_namespace", "workload.sidecar_first",
			"workload.sidecar_present", "workload.sidecar_unchanged", "workload.unknown_annotation", "workload.unmasked_proc",
		}},
		{denying, "the only answer that falls short is none, which the missing case shows", []string{
			"conflicts.suppression_list", "consent.withdrawal", "contract.withdrawalFunction", "fairness.accessibilityStatement", "oversight.crisisProtocol",
			"oversight.humanReview",
			"oversight.supervisor", "retention.declared", "rights.contact", "security.authorityHours", "security.peopleHours",
			"security.seriousIncidentHours",
		}},
		{denying, "the sidecar carries it out, and the API has no weaker answer than none", []string{
			"personal_data.minimise", "retention.deleteAtEnd", "transparency.disclosure",
		}},
		{missing, "it looks at the law and at the organisation's own values, not at a field", []string{"conflicts.erase_and_keep", "conflicts.retention_window", "profile.loosens"}},
		{missing, "the schema wants it, or it has no fields", []string{
			"connection.port_forward", "declaration.unknown_class", "declaration.unknown_dimension", "declaration.unknown_notice",
			"declaration.unknown_parameter",
			"declaration.unknown_place", "declaration.unknown_shape", "declaration.unusable_shape", "declaration.unusable_signature",
			"security.message_signature", "workload.governed_port_other_name", "workload.governed_port_shared",
			"workload.governed_port_taken_over", "workload.reserved_names",
		}},
	}
}

// exempted returns the reason why the rule needs no case of the kind, if there is one.
func exempted(rule, kind string) (reason string, exempt bool) {
	for _, e := range exemptions() {
		if e.kind == kind && slices.Contains(e.rules, rule) {
			return e.reason, true
		}
	}
	return "", false
}

// An exemption names rules that exist, each once for a kind.
func TestExemptionsAreOfRules(t *testing.T) {
	ids, seen := ruleIDs(t), map[string]bool{}
	for _, e := range exemptions() {
		for _, rule := range e.rules {
			if !slices.Contains(ids, rule) {
				t.Errorf("%s is exempt and no rule", rule)
			}
			if seen[rule+" "+e.kind] {
				t.Errorf("%s is exempt from %s twice", rule, e.kind)
			}
			seen[rule+" "+e.kind] = true
		}
	}
}
