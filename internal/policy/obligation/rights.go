package obligation

// Rights are the requests that people may make about their data, and the time to respond.
type Rights struct {
	// Requests are the kinds that must be taken: access, erasure, …
	Requests Shown[[]string] `dimension:"rights.requests"`
	// AcknowledgeDays, ResponseDays, AppealDays and ComplaintDays are the longest times to acknowledge a request, to respond to it,
	// to decide an appeal and to resolve a complaint. ExtensionDays is by how much a response may be late once.
	AcknowledgeDays Shown[int] `dimension:"rights.acknowledgeDays"`
	ResponseDays    Shown[int] `dimension:"rights.responseDays"`
	ExtensionDays   Shown[int] `dimension:"rights.extensionDays"`
	AppealDays      Shown[int] `dimension:"rights.appealDays"`
	ComplaintDays   Shown[int] `dimension:"rights.complaintDays"`
	// Contact requires a contact for requests.
	Contact Shown[bool] `dimension:"rights.contact"`
	// HumanReview requires that a human reviews significant automated decisions on request.
	HumanReview Shown[bool] `dimension:"oversight.humanReview"`
	// Withdrawal requires that withdrawing consent is as easy as giving it. The sidecar links to it with every answer.
	Withdrawal Executed[bool] `dimension:"consent.withdrawal"`
	// RestrictDays is how long a transcript must be kept although its erasure is requested: until then it is restricted instead. It is
	// required where Retain.TranscriptMinDays is longer than ResponseDays.
	RestrictDays Shown[int] `dimension:"retention.transcriptMin"`
}
