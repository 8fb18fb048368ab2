package obligation

// Notice gives people the documents that they are owed. The sidecar links to them with every answer; the team writes them.
type Notice struct {
	// PrivacyNoticeSays is what the privacy notice must contain.
	PrivacyNoticeSays Shown[[]string] `dimension:"transparency.noticeSays"`
	// PrivacyNoticeAt is when it is shown: available or at-collection.
	PrivacyNoticeAt Executed[string] `dimension:"transparency.noticeAt"`
	// TermsSay is what the terms for consumers must say.
	TermsSay Shown[[]string] `dimension:"contract.termsSay"`
	// WithdrawalFunction requires an online function to withdraw from a contract or to cancel it.
	WithdrawalFunction Executed[bool] `dimension:"contract.withdrawalFunction"`
}
