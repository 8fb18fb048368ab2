package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ChatbotDeploymentStatus is what Chaperone found and did. It holds no personal data.
type ChatbotDeploymentStatus struct {
	// observedGeneration is the generation of the spec that this status is about, and -1 until Chaperone has seen the object.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions are Ready, PolicyCompliant, SidecarConfigured, WorkloadsGoverned and ServicesGoverned, HandoffAvailable where the law demands
	// a human and the desk is a Service of the cluster, and Suspended, Stalled and Reconciling while they hold.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// jurisdictions are the declared codes joined by commas, for the printed column.
	// +optional
	Jurisdictions string `json:"jurisdictions,omitempty"`
	// enforcement is the effective enforcement: the stricter of spec.enforcement and the floor of the organization. Empty if no decision was
	// reached; then new pods are refused.
	// +optional
	Enforcement Enforcement `json:"enforcement,omitempty"`
	// outcome is the outcome of the last evaluation: Allow, Warn, Deny or Undecided.
	// +optional
	Outcome string `json:"outcome,omitempty"`
	// policyRevision identifies the policy, the legal data and the organization's objects of the evaluation whose result this status shows.
	// Later revisions that changed nothing here are not written: the ConfigMap chaperone-decisions in the namespace of Chaperone names the
	// revision by which all declarations have been decided.
	// +optional
	PolicyRevision string `json:"policyRevision,omitempty"`
	// findings are the first 50 findings, sorted by rule: the requirements that the declaration does not meet.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	Findings []StatusFinding `json:"findings,omitempty"`
	// findingsTotal is the number of all findings.
	// +optional
	FindingsTotal int32 `json:"findingsTotal"`
	// notApplicableTotal is the number of those findings that do nothing because spec.notApplicable says that their dimension does not apply.
	// +optional
	NotApplicableTotal int32 `json:"notApplicableTotal,omitempty"`
	// obligationSummaries are the merged requirements that apply while the chatbot runs, one per kind and dimension, each with its dimension, its kind,
	// the jurisdictions and sectors whose law sets it, and what is required in words: `rights.responseDays (rights; eu, retail): answers to requests
	// within 30 days`. `kubectl chaperone check -o json` has them as data. The condition SidecarConfigured names those that Chaperone does not
	// carry out.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	// +kubebuilder:validation:items:MaxLength=2048
	ObligationSummaries []string `json:"obligationSummaries,omitempty"`
	// running says what becomes of the pods that run, and since when. Absent until a decision was reached.
	// +optional
	Running *RunningState `json:"running,omitempty"`
	// workloads counts the selected pods.
	// +optional
	Workloads WorkloadCounts `json:"workloads,omitempty"`
	// repair says how far the repair of pods has come that lack the sidecar or have another one than new pods get. Absent if there
	// were none.
	// +optional
	Repair *RepairStatus `json:"repair,omitempty"`
	// services are the names of the first 32 Services that lead to the pods or did so before. The condition ServicesGoverned names one that leads
	// elsewhere, also if it was deleted and made again, or led to another chatbot in between. One that does not exist is not listed any more if
	// another one needs its place.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=63
	Services []string `json:"services,omitempty"`
	// images are the images that run in the selected pods with the label chaperone.dev/chatbot: what the references of their containers have
	// become, the sidecar included. They are sorted by container, and each is listed once. At most 32 are listed.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Images []RunningImage `json:"images,omitempty"`
	// sidecarConfigHash is the hash of the sidecar configuration in the cluster. It changes whenever a setting for the sidecar changes.
	// +optional
	SidecarConfigHash string `json:"sidecarConfigHash,omitempty"`
	// nextEvaluation is the next day on which the decision can change without an edit (ISO date, UTC).
	// +optional
	NextEvaluation string `json:"nextEvaluation,omitempty"`
	// upcoming are the next changes, at most 32 and sorted by date, because of which the decision can change without an edit: a law begins
	// or ceases to apply, or an assessment or exception expires.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Upcoming []UpcomingChange `json:"upcoming,omitempty"`
}

// RunningState is what becomes of the pods that run.
type RunningState struct {
	// action is Serve, Warn, Keep, Quarantine or Suspend.
	Action RunningAction `json:"action"`
	// since is when the action began. Sidecars are told within seconds; workloads.stale counts those that are not there yet.
	Since metav1.Time `json:"since"`
}

// RepairStatus says how far a repair has come.
type RepairStatus struct {
	// state is Replacing; Done; Waiting, for a pod that becomes ready, for an eviction that a PodDisruptionBudget or a webhook refuses, or for the repair of other chatbots; Paused, because new pods do not become ready or are
	// refused; or Manual, because nothing is evicted and somebody has to restart the pods. message says why.
	State RepairState `json:"state"`
	// message says what is waited for, or what to do.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
	// cause identifies the sidecar that new pods get, and the oldest key that it may trust. A pod that was created since is not replaced again for the same cause.
	// +kubebuilder:validation:MaxLength=32
	Cause string `json:"cause"`
	// since is when the cause was there.
	Since metav1.Time `json:"since"`
	// lastEviction is when the last pod was evicted.
	// +optional
	LastEviction *metav1.Time `json:"lastEviction,omitempty"`
	// pods is the number of pods that there were before the last wave, apart from those of ReplicaSets, which say themselves how many they want. If
	// there are fewer later, some have not been made again.
	// +optional
	Pods int32 `json:"pods,omitempty"`
	// replaced is the number of pods that were evicted for this cause, and remaining the number of those to replace.
	Replaced  int32 `json:"replaced"`
	Remaining int32 `json:"remaining"`
}

// RepairState is the state of a repair.
// +kubebuilder:validation:Enum=Replacing;Waiting;Paused;Manual;Done
type RepairState string

// The states.
const (
	RepairStateReplacing RepairState = "Replacing"
	RepairStateWaiting   RepairState = "Waiting"
	RepairStatePaused    RepairState = "Paused"
	RepairStateManual    RepairState = "Manual"
	RepairStateDone      RepairState = "Done"
)

// RunningAction is what becomes of the pods that run.
// +kubebuilder:validation:Enum=Serve;Warn;Keep;Quarantine;Suspend
type RunningAction string

// The actions.
const (
	// RunningServe: the declaration complies, and the chatbot answers.
	RunningServe RunningAction = "Serve"
	// RunningWarn: the declaration does not comply, and the effective enforcement (Audit or Warn) only says so. The chatbot answers.
	RunningWarn RunningAction = "Warn"
	// RunningKeep: the declaration does not comply, and the effective enforcement is Deny. Pods that run keep the configuration that complied; no new
	// pod is admitted.
	RunningKeep RunningAction = "Keep"
	// RunningQuarantine: the declaration does not comply, and the effective enforcement is Quarantine. Only humans answer.
	RunningQuarantine RunningAction = "Quarantine"
	// RunningSuspend: spec.suspended is true. Only humans answer.
	RunningSuspend RunningAction = "Suspend"
)

// UpcomingChange is a date on which the decision can change without an edit.
type UpcomingChange struct {
	// date is the first day on which the change applies (ISO date, UTC).
	Date string `json:"date"`
	// rule is the id of the rule whose result can change.
	Rule string `json:"rule"`
	// message states what changes, and which law or object causes it.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}

// StatusFinding is one finding as shown in the status.
type StatusFinding struct {
	// rule is the id of the rule, for example `retention.transcriptMax`. It never changes.
	Rule string `json:"rule"`
	// action is the effect of the finding: deny, quarantine, warn or audit, waived by a PolicyException, or notApplicable by
	// spec.notApplicable.
	Action string `json:"action"`
	// field is the JSON path of the field to change, for example `spec.retention.transcriptDays`.
	// +optional
	Field string `json:"field,omitempty"`
	// message states what is wrong, what is required, which law or rule requires it, and what to do.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}

// RunningImage is an image that runs in a container of selected pods.
type RunningImage struct {
	// container is the name of the container in the pod.
	// +kubebuilder:validation:MaxLength=63
	Container string `json:"container"`
	// image is the reference in the spec of the pod, for example `shop.example/bot:1.4`, cut to 512 characters.
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image"`
	// digest identifies the image that runs, as the container runtime reports it: the digest of the image in the registry, or the ID of an
	// image that the node has from elsewhere.
	// +kubebuilder:validation:MaxLength=160
	Digest string `json:"digest"`
	// revision identifies the pod template of the workload: the label pod-template-hash or controller-revision-hash of the pods. Empty for
	// pods without either.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Revision string `json:"revision,omitempty"`
}

// WorkloadCounts counts the selected pods.
type WorkloadCounts struct {
	// governed is the number of pods that the selector matches, without those that are being deleted and those that have ended.
	Governed int32 `json:"governed"`
	// injected is the number of governed pods that run the current sidecar, according to their spec and status, and whose sidecar does not
	// say that it executes another configuration than the current one.
	Injected int32 `json:"injected"`
	// stale is the number of pods whose current sidecar runs and executes an earlier configuration: as it says itself, or, if the manager
	// cannot ask it, because it was created with one. It reloads the current one.
	Stale int32 `json:"stale"`
	// unverified is the number of injected pods whose sidecar does not answer the manager: what they run is what their node reports. A
	// NetworkPolicy or a mesh is between the manager and port 23090 of the pods.
	// +optional
	Unverified int32 `json:"unverified,omitempty"`
	// blocked is the number of pods that ReplicaSets lack because admission refused them.
	Blocked int32 `json:"blocked"`
	// summary is injected/governed, for the printed column.
	// +optional
	Summary string `json:"summary,omitempty"`
}
