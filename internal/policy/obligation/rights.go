package obligation

// Rights tells which requests people may make about their data, and how soon the team must respond.
type Rights struct {
	// Requests are the kinds of requests that the team must accept: access, erasure, …
	Requests Shown[[]string] `dimension:"rights.requests"`
	// AcknowledgeDays, ResponseDays, AppealDays and ComplaintDays are the longest times in days to acknowledge a request, to respond to
	// it, to decide an appeal and to resolve a complaint. ExtensionDays is the number of days by which the time to respond may be extended
	// once.
	AcknowledgeDays Shown[int] `dimension:"rights.acknowledgeDays"`
	ResponseDays    Shown[int] `dimension:"rights.responseDays"`
	ExtensionDays   Shown[int] `dimension:"rights.extensionDays"`
	AppealDays      Shown[int] `dimension:"rights.appealDays"`
	ComplaintDays   Shown[int] `dimension:"rights.complaintDays"`
	// Contact requires a contact for requests.
	Contact Shown[bool] `dimension:"rights.contact"`
	// HumanReview requires that a human reviews significant automated decisions on request.
	HumanReview Shown[bool] `dimension:"oversight.humanReview"`
	// Withdrawal requires that withdrawing consent is as easy as giving it. The sidecar links to the page for withdrawal, if the declaration
	// states its address, in a header of every response.
	Withdrawal Executed[bool] `dimension:"consent.withdrawal"`
	// RestrictDays is the number of days for which a transcript must be kept even if a person requests its erasure. During these days, the use
	// of the transcript is restricted instead. The field is required only where Retain.TranscriptMinDays is longer than ResponseDays.
	RestrictDays Shown[int] `dimension:"retention.transcriptMin"`
}
