package v1alpha1

// Labels and annotations. The prefix chaperone.dev/ is closed: a governed pod with a key under it that is not listed here
// is refused.
const (
	// LabelChatbot on a pod names the ChatbotDeployment (same namespace) that governs it.
	LabelChatbot = "chaperone.dev/chatbot"
	// LabelEnforce with the value "true" on a namespace makes the webhooks see every pod in it.
	LabelEnforce = "chaperone.dev/enforce"
	// AnnotationConfigHash on a governed pod is the hash of the sidecar configuration it was created with: of what the
	// sidecar executes, without the policy revision.
	AnnotationConfigHash = "chaperone.dev/config-hash"
	// AnnotationPolicyRevision on the ConfigMap of a sidecar's configuration is the revision of the policy that decided it. It is no
	// part of AnnotationConfigHash.
	AnnotationPolicyRevision = "chaperone.dev/policy-revision"
	// AnnotationServiceAccountToken with the value "true" on a pod asks to keep its service-account token mounted.
	AnnotationServiceAccountToken = "chaperone.dev/service-account-token"
)

// Annotations of a PolicyException. Only the webhooks can write their values.
const (
	// AnnotationRequestedBy is the name of the user who wrote the spec.
	AnnotationRequestedBy = "chaperone.dev/requested-by"
	// AnnotationApprovedBy is the name of the user who approved the current spec. A user approves by setting it to any value. A change
	// of the spec removes it.
	AnnotationApprovedBy = "chaperone.dev/approved-by"
)

// Condition types of the custom resources.
const (
	// ConditionReady is True when the declaration complies, the sidecar is configured and no governed pod lacks it; False when
	// one of them is False; Unknown when one of them is Unknown and none is False.
	ConditionReady = "Ready"
	// ConditionPolicyCompliant is True when no finding denies (by its own action, before spec.enforcement weakens it), False when
	// one does, Unknown when no decision was reached.
	ConditionPolicyCompliant = "PolicyCompliant"
	// ConditionSidecarConfigured is True when the ConfigMap with the sidecar's configuration and the NetworkPolicy are as
	// rendered, False when they could not be rendered or written, Unknown when no decision was reached.
	ConditionSidecarConfigured = "SidecarConfigured"
	// ConditionWorkloadsGoverned is True when the current sidecar runs in every selected pod that has started (also when there
	// is none), False when a pod lacks it, holds another one, does not run it, or was refused at admission, Unknown before pods
	// were counted.
	ConditionWorkloadsGoverned = "WorkloadsGoverned"
	// ConditionSuspended is True while only humans answer (spec.suspended or Quarantine); absent otherwise.
	ConditionSuspended = "Suspended"
	// ConditionActive is True while a PolicyException waives its rules, False when it is not approved or has expired.
	ConditionActive = "Active"
	// ConditionStalled is True when nothing will happen until the user edits the object (kstatus); absent otherwise.
	ConditionStalled = "Stalled"
)

// Condition reasons.
const (
	ReasonCompliant            = "Compliant"
	ReasonCompliantWithWarning = "CompliantWithWarnings"
	ReasonCompliantByException = "CompliantByException"
	ReasonNotCompliant         = "NotCompliant"
	ReasonUndecided            = "Undecided"
	ReasonConfigured           = "Configured"
	ReasonInvalidSelector      = "InvalidSelector"
	ReasonOverlappingSelector  = "OverlappingSelector"
	ReasonRenderFailed         = "RenderFailed"
	ReasonApplyFailed          = "ApplyFailed"
	ReasonAllGoverned          = "AllGoverned"
	ReasonSidecarMissing       = "SidecarMissing"
	ReasonSidecarDiffers       = "SidecarDiffers"
	ReasonSidecarNotRunning    = "SidecarNotRunning"
	ReasonPodsRefused          = "PodsRefused"
	ReasonReady                = "Ready"
	ReasonSuspendedByUser      = "SuspendedByUser"
	ReasonQuarantined          = "Quarantined"
	ReasonNotUsable            = "NotUsable"
	ReasonUnused               = "Unused"
	ReasonRuleDisabled         = "RuleDisabled"
	ReasonApproved             = "Approved"
	ReasonNotApproved          = "NotApproved"
	ReasonExpired              = "Expired"
)
