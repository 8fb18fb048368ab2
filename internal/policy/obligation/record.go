package obligation

// Record keeps evidence of what the chatbot did.
type Record struct {
	// AuditMinDays and AuditMaxDays bound how long logs are kept.
	AuditMinDays Shown[int] `dimension:"retention.auditMin"`
	AuditMaxDays Shown[int] `dimension:"retention.auditMax"`
	// RequestMinDays is how long records of requests and complaints are kept at least.
	RequestMinDays Shown[int] `dimension:"retention.requestRecordsMin"`
	// ProtectedGrounds are those on which the chatbot must not discriminate.
	ProtectedGrounds Shown[[]string] `dimension:"fairness.protected"`
	// Monitoring requires that outcomes are monitored for disparity between groups.
	Monitoring Shown[bool] `dimension:"fairness.monitoring"`
	// AnswersBind says that the answers of the chatbot bind the deployer as its own statements.
	AnswersBind Shown[bool] `dimension:"liability.answersBind"`
	// EvidenceMinDays is how long evidence that can show fault is kept at least.
	EvidenceMinDays Shown[int] `dimension:"liability.evidenceMin"`
}
