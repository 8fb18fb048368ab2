package obligation

// Handoff is the way from the chatbot to a human. The sidecar tells people how to reach a human and how long they wait. The team that runs
// the chatbot does the rest: it connects people on request, handles crises, and keeps to the limits on automated decisions.
type Handoff struct {
	// Mode is when a human can be reached: `none`, `contact-offered`, `on-request` or `on-request-any-time`.
	Mode Shown[string] `dimension:"oversight.handoff"`
	// WaitSeconds is the longest time in seconds that a person may wait for a human.
	WaitSeconds Shown[int] `dimension:"oversight.handoffSeconds"`
	// SolelyAutomated is the level for automated decisions with significant effects: `allowed`, `notice`, `opt-out`, `only-with-basis` or
	// `prohibited`.
	SolelyAutomated Shown[string] `dimension:"oversight.solelyAutomated"`
	// CrisisProtocol requires that the chatbot recognizes signs of self-harm and danger, and refers people to help.
	CrisisProtocol Shown[bool] `dimension:"oversight.crisisProtocol"`
}

// DemandsHuman reports whether people must be able to reach a human from the chat, and not only to learn a contact.
func (h Handoff) DemandsHuman() bool {
	return h.Mode.Required && (h.Mode.Value == "on-request" || h.Mode.Value == "on-request-any-time")
}
