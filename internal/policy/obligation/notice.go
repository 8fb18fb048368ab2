package obligation

// Notice tells which documents people must receive. The team writes the documents, and the sidecar links to those with a declared address,
// in a header of every response.
type Notice struct {
	// PrivacyNoticeSays lists what the privacy notice must contain.
	PrivacyNoticeSays Shown[[]string] `dimension:"transparency.noticeSays"`
	// PrivacyNoticeAt is when the privacy notice must be shown: `available` or `at-collection`.
	PrivacyNoticeAt Executed[string] `dimension:"transparency.noticeAt"`
	// TermsSay lists what the terms for consumers must contain.
	TermsSay Shown[[]string] `dimension:"contract.termsSay"`
	// WithdrawalFunction requires an online function to withdraw from a contract or to cancel it. The sidecar links to it only if the
	// declaration has no address for withdrawing consent, because there is room for one of the two.
	WithdrawalFunction Executed[bool] `dimension:"contract.withdrawalFunction"`
}
