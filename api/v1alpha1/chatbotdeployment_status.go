package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ChatbotDeploymentStatus is what Chaperone found and did. It holds no personal data.
type ChatbotDeploymentStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Ready, PolicyCompliant, SidecarConfigured and WorkloadsGoverned, and Suspended and Stalled while they hold.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// jurisdictions are the declared codes joined by commas, for the printed column.
	// +optional
	Jurisdictions string `json:"jurisdictions,omitempty"`
	// outcome is the outcome of the last evaluation: Allow, Warn, Deny or Undecided.
	// +optional
	Outcome string `json:"outcome,omitempty"`
	// policyRevision identifies the policy and the legal data of the last evaluation.
	// +optional
	PolicyRevision string `json:"policyRevision,omitempty"`
	// findings are the first 50 findings, sorted by rule.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	Findings []StatusFinding `json:"findings,omitempty"`
	// findingsTotal is the number of all findings.
	// +optional
	FindingsTotal int32 `json:"findingsTotal"`
	// obligations are the merged requirements that apply while the chatbot runs, one per kind and dimension. The condition
	// SidecarConfigured names those that Chaperone does not carry out.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Obligations []StatusObligation `json:"obligations,omitempty"`
	// workloads counts the selected pods.
	// +optional
	Workloads WorkloadCounts `json:"workloads,omitempty"`
	// sidecarConfigHash is the hash of the rendered sidecar configuration.
	// +optional
	SidecarConfigHash string `json:"sidecarConfigHash,omitempty"`
	// nextEvaluation is the next day on which the decision can change without an edit (ISO date, UTC).
	// +optional
	NextEvaluation string `json:"nextEvaluation,omitempty"`
	// upcoming are the next 32 changes that need no edit, by date: laws that begin or end and change what is required, and
	// assessments and exceptions that expire.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Upcoming []UpcomingChange `json:"upcoming,omitempty"`
}

// UpcomingChange is a change that needs no edit.
type UpcomingChange struct {
	// date is the first day on which the change applies (ISO date, UTC).
	Date string `json:"date"`
	// rule is the id of the rule whose result can change.
	Rule string `json:"rule"`
	// message states what changes and the source of the change.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}

// StatusFinding is one finding as shown in the status.
type StatusFinding struct {
	// rule is the stable id of the rule.
	Rule string `json:"rule"`
	// action is the effect of the finding: deny, quarantine, warn or audit, or waived by a PolicyException.
	Action string `json:"action"`
	// field is the JSON path that has to change.
	// +optional
	Field string `json:"field,omitempty"`
	// message states what is wrong, what is required and by which source, and what to do.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}

// StatusObligation is one merged requirement as shown in the status.
type StatusObligation struct {
	// kind is the kind of the obligation: disclose, consent, redact, retain, …
	Kind string `json:"kind"`
	// dimension is the name of the dimension in the legal data, for example `retention.transcriptMax`.
	Dimension string `json:"dimension"`
	// value is the merged value, as JSON text.
	// +kubebuilder:validation:MaxLength=1024
	Value string `json:"value"`
	// from are the codes of the jurisdictions and sectors that set it, sorted.
	// +optional
	// +listType=atomic
	From []string `json:"from,omitempty"`
}

// WorkloadCounts counts the selected pods.
type WorkloadCounts struct {
	// governed is the number of selected pods that have not ended.
	Governed int32 `json:"governed"`
	// injected is the number of them that run the current sidecar, as their spec and their status show.
	Injected int32 `json:"injected"`
	// stale is the number of them that were created with an earlier sidecar configuration.
	Stale int32 `json:"stale"`
	// blocked is the number of pods of ReplicaSets that admission refused.
	Blocked int32 `json:"blocked"`
	// summary is injected/governed, for the printed column.
	// +optional
	Summary string `json:"summary,omitempty"`
}
