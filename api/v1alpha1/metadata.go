package v1alpha1

// Labels and annotations. A governed pod may have LabelChatbot, AnnotationConfigHash and AnnotationServiceAccountToken; any other key that
// begins with chaperone.dev/ is a finding.
const (
	// LabelChatbot on a pod names the ChatbotDeployment, in the pod's namespace, that governs the pod.
	LabelChatbot = "chaperone.dev/chatbot"
	// LabelNamespace on an object without a namespace names the namespace of the chatbot to which it belongs.
	LabelNamespace = "chaperone.dev/namespace"
	// LabelEnforce with the value "true" on a namespace makes the webhooks see every pod in it.
	LabelEnforce = "chaperone.dev/enforce"
	// LabelDeclaredOnly with the value "true" on a namespace makes API servers refuse pods in it that belong to no declared chatbot.
	LabelDeclaredOnly = "chaperone.dev/declared-only"
	// AnnotationUndeclaredImages on such a namespace lists the images, separated by commas, of which pods may consist that belong to no chatbot.
	// An entry is an image with or without its tag or digest, a path that ends with a slash, or `csi://` and the name of a CSI driver whose inline
	// volumes they may have.
	AnnotationUndeclaredImages = "chaperone.dev/undeclared-images"
	// AnnotationConfigHash on a governed pod is the hash of the sidecar configuration with which the pod was created. The hash covers what
	// the sidecar executes, and not the policy revision.
	AnnotationConfigHash = "chaperone.dev/config-hash"
	// AnnotationPolicyRevision on the ConfigMap with a sidecar's configuration is the revision of the policy that determined the
	// configuration, or confirmed it when it was signed. The hash in AnnotationConfigHash does not depend on it.
	AnnotationPolicyRevision = "chaperone.dev/policy-revision"
	// AnnotationServiceAccountToken with the value "true" on a pod asks to keep its service-account token mounted.
	AnnotationServiceAccountToken = "chaperone.dev/service-account-token"
)

// Annotations of a PolicyException. Only the webhooks can write their values.
const (
	// AnnotationRequestedBy is the name of the user who wrote the spec.
	AnnotationRequestedBy = "chaperone.dev/requested-by"
	// AnnotationRequestedByGroups are the groups of that user when they wrote the spec, as a JSON list. An approval asks what they may do.
	AnnotationRequestedByGroups = "chaperone.dev/requested-by-groups"
	// AnnotationApprovedBy is the name of the user who approved the current spec. A user approves by setting the annotation to the digest that the
	// status shows (exception.Digest), so that nothing is approved but what was read. A webhook replaces it with the user's name. A change of the
	// spec removes it.
	AnnotationApprovedBy = "chaperone.dev/approved-by"
	// AnnotationApprovedFor is what the approval is for: the UID of the chatbot, and the codes of the places and sectors that it declared. It
	// is missing if the chatbot did not exist when its exception was approved.
	AnnotationApprovedFor = "chaperone.dev/approved-for"
)

// Condition types of the custom resources.
const (
	// ConditionReady of a ChatbotDeployment is True when PolicyCompliant, SidecarConfigured, WorkloadsGoverned, ServicesGoverned and HandoffAvailable, if
	// it is there, are True; False when one of them is False or Stalled is True; Unknown otherwise. PolicyCompliant does not count while the effective enforcement is
	// Audit or Warn, which only report: the reason is then ReportedOnly. That of a JurisdictionProfile or GovernancePolicy is True when its current
	// version is in force and none of its rules is disabled; False otherwise. That of a ChatShape is True when the sidecar can execute the
	// shape and its examples hold; False otherwise.
	ConditionReady = "Ready"
	// ConditionPolicyCompliant is False when a finding denies, or would deny if spec.enforcement did not weaken it. It is Unknown when no
	// decision was reached, and True otherwise.
	ConditionPolicyCompliant = "PolicyCompliant"
	// ConditionSidecarConfigured is True when the ConfigMap with the sidecar's configuration and the NetworkPolicy, if there is to be one, are as
	// rendered; False when they could not be rendered or written, or are not updated because the declaration is denied; and Unknown when no
	// decision was reached or the selector cannot be used.
	ConditionSidecarConfigured = "SidecarConfigured"
	// ConditionWorkloadsGoverned is True when the current sidecar runs in every selected pod that has started, or no pod is selected; False
	// when the sidecar of a selected pod is missing, differs, does not run, cannot start or says that it executes another configuration, or
	// admission refused a pod; and Unknown when pods are not counted, because the selector cannot be used, and for a few minutes after a
	// change of the configuration, until sidecars execute it.
	ConditionWorkloadsGoverned = "WorkloadsGoverned"
	// ConditionServicesGoverned is True when every Service that leads to the pods leads to the sidecar, and to no pods that no declaration
	// governs, or there is no Service; False when one leads around the sidecar or to such pods, when one that led to the chatbot, which has pods
	// and is not suspended, leads where nothing is governed, or when a NetworkPolicy opens ports around the sidecar, whatever the
	// effective enforcement is, or when a Service leads to the name of a port that no pod has; and Unknown when no decision was reached, when the
	// selector cannot be used, or when no pod has the sidecar yet that has the port.
	ConditionServicesGoverned = "ServicesGoverned"
	// ConditionHandoffAvailable is False while the law demands that people reach a human, and the Service of the cluster to which
	// spec.oversight.handoff.url leads has had no ready endpoint for a minute: no conversation begins then. It is True otherwise, and absent where
	// the law demands nothing or the URL leads elsewhere.
	ConditionHandoffAvailable = "HandoffAvailable"
	// ConditionSuspended is True while only humans answer (spec.suspended or Quarantine); absent otherwise.
	ConditionSuspended = "Suspended"
	// ConditionActive of a PolicyException is True while the exception waives its rules, and False when it is not approved or has expired.
	ConditionActive = "Active"
	// ConditionStalled is True when waiting does not help (kstatus): at once when only an edit helps, because the selector is invalid or overlaps
	// with another, the declaration does not comply and its enforcement acts on that, or the sidecar would not accept its configuration; and
	// after ten minutes when another condition is still not True. That of the other kinds is True while Ready is False. Absent otherwise.
	ConditionStalled = "Stalled"
	// ConditionReconciling of a ChatbotDeployment is True when a condition is not True that may become so without an edit (kstatus); absent
	// otherwise.
	ConditionReconciling = "Reconciling"
)

// Condition reasons.
const (
	ReasonCompliant                = "Compliant"
	ReasonCompliantWithWarning     = "CompliantWithWarnings"
	ReasonCompliantByException     = "CompliantByException"
	ReasonNotCompliant             = "NotCompliant"
	ReasonUndecided                = "Undecided"
	ReasonConfigured               = "Configured"
	ReasonObserving                = "Observing"
	ReasonNetworkOpen              = "NetworkOpen"
	ReasonInvalidSelector          = "InvalidSelector"
	ReasonOverlappingSelector      = "OverlappingSelector"
	ReasonRenderFailed             = "RenderFailed"
	ReasonApplyFailed              = "ApplyFailed"
	ReasonAllGoverned              = "AllGoverned"
	ReasonSidecarMissing           = "SidecarMissing"
	ReasonSidecarDiffers           = "SidecarDiffers"
	ReasonSidecarNotRunning        = "SidecarNotRunning"
	ReasonSidecarNotStarting       = "SidecarNotStarting"
	ReasonSidecarBehind            = "SidecarBehind"
	ReasonPortNotGoverned          = "PortNotGoverned"
	ReasonPodLeadsAround           = "PodLeadsAround"
	ReasonPodsRefused              = "PodsRefused"
	ReasonServiceBypassesSidecar   = "ServiceBypassesSidecar"
	ReasonNetworkPolicyOpensPorts  = "NetworkPolicyOpensPorts"
	ReasonServiceLeadsNowhere      = "ServiceLeadsNowhere"
	ReasonServiceLeadsElsewhere    = "ServiceLeadsElsewhere"
	ReasonServiceReachesUngoverned = "ServiceReachesUngoverned"
	ReasonHandoffAvailable         = "HandoffAvailable"
	ReasonHandoffUnavailable       = "HandoffUnavailable"
	ReasonReady                    = "Ready"
	ReasonReportedOnly             = "ReportedOnly"
	ReasonSuspendedByUser          = "SuspendedByUser"
	ReasonQuarantined              = "Quarantined"
	ReasonNotUsable                = "NotUsable"
	ReasonUnused                   = "Unused"
	ReasonRuleDisabled             = "RuleDisabled"
	ReasonApproved                 = "Approved"
	ReasonNotApproved              = "NotApproved"
	ReasonExpired                  = "Expired"
	ReasonApprovedForAnother       = "ApprovedForAnother"
	ReasonChatbotGone              = "ChatbotGone"
)
