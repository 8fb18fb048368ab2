package obligation

// Record tells which evidence of the chatbot's behavior must be kept.
type Record struct {
	// AuditMinDays is the shortest time in days for which logs must be kept, and AuditMaxDays the longest for which they may be kept.
	AuditMinDays Shown[int] `dimension:"retention.auditMin"`
	AuditMaxDays Shown[int] `dimension:"retention.auditMax"`
	// RequestMinDays is the shortest time in days for which records of requests and complaints must be kept.
	RequestMinDays Shown[int] `dimension:"retention.requestRecordsMin"`
	// ProtectedGrounds are the attributes by which the chatbot must not discriminate against people.
	ProtectedGrounds Shown[[]string] `dimension:"fairness.protected"`
	// Monitoring requires that outcomes are monitored for disparity between groups.
	Monitoring Shown[bool] `dimension:"fairness.monitoring"`
	// AnswersBind is true if the chatbot's answers bind the deployer like its own statements.
	AnswersBind Shown[bool] `dimension:"liability.answersBind"`
}
