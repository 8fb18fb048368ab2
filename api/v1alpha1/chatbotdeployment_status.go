package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ChatbotDeploymentStatus is what Chaperone found and did. It holds no personal data.
type ChatbotDeploymentStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready, PolicyCompliant, SidecarConfigured, WorkloadsGoverned, and Suspended and Stalled while they hold.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// jurisdictions are the declared codes joined by commas, for the printed column.
	// +optional
	Jurisdictions string `json:"jurisdictions,omitempty"`
	// outcome of the last evaluation: Allow, Warn, Deny or Undecided.
	// +optional
	Outcome string `json:"outcome,omitempty"`
	// policyRevision identifies the policy and legal data that decided.
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
	// obligations are the merged requirements that somebody has to carry out, one per dimension. The condition SidecarConfigured names
	// those that nothing carries out by itself.
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
	// upcoming are the next 32 changes that will come without an edit, by date: law that begins or ends and changes what is
	// required, assessments and exceptions that expire.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Upcoming []UpcomingChange `json:"upcoming,omitempty"`
}

// UpcomingChange is one change that will come without an edit.
type UpcomingChange struct {
	// date is the first day on which it holds (ISO date, UTC).
	Date string `json:"date"`
	// rule is the id of the rule whose answer can change.
	Rule string `json:"rule"`
	// message says what changes, and by which source.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}

// StatusFinding is one finding as shown in the status.
type StatusFinding struct {
	// rule is the stable id.
	Rule string `json:"rule"`
	// action is what the finding does: deny, quarantine, warn or audit, or waived by a PolicyException.
	Action string `json:"action"`
	// field is the JSON path that has to change.
	// +optional
	Field string `json:"field,omitempty"`
	// message says what is wrong, what is required and by which source, and what to do.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}

// StatusObligation is one merged requirement as shown in the status.
type StatusObligation struct {
	// kind is who carries it out: disclose, consent, redact, retain, …
	Kind string `json:"kind"`
	// dimension is the name in the vocabulary of the legal data.
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
	// injected is how many of them run the current sidecar, as their spec and their status show.
	Injected int32 `json:"injected"`
	// stale is how many of them were created with an earlier sidecar configuration.
	Stale int32 `json:"stale"`
	// blocked is how many pods that ReplicaSets want were refused at admission.
	Blocked int32 `json:"blocked"`
	// summary is injected/governed, for the printed column.
	// +optional
	Summary string `json:"summary,omitempty"`
}
