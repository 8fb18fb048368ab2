package obligation

// Notice tells which documents people must receive. The team writes the documents, and the sidecar links to them in every answer.
type Notice struct {
	// PrivacyNoticeSays lists what the privacy notice must contain.
	PrivacyNoticeSays Shown[[]string] `dimension:"transparency.noticeSays"`
	// PrivacyNoticeAt is when the privacy notice must be shown: `available` or `at-collection`.
	PrivacyNoticeAt Executed[string] `dimension:"transparency.noticeAt"`
	// TermsSay lists what the terms for consumers must contain.
	TermsSay Shown[[]string] `dimension:"contract.termsSay"`
	// WithdrawalFunction requires an online function to withdraw from a contract or to cancel it.
	WithdrawalFunction Executed[bool] `dimension:"contract.withdrawalFunction"`
}
