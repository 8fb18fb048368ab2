package obligation

// Handoff is the way from the chatbot to a human. The sidecar hands conversations over to the declared desk, tells people how to reach a human
// and how long they wait, measures the wait, and refers people in danger to the declared contact. The team keeps to the limits on automated
// decisions, and does the rest where the declaration does not suffice (render.ListUnexecuted).
type Handoff struct {
	// Mode is when a human can be reached: `none`, `contact-offered`, `on-request` or `on-request-any-time`.
	Mode Executed[string] `dimension:"oversight.handoff"`
	// WaitSeconds is the longest time in seconds that a person may wait for a human.
	WaitSeconds Executed[int] `dimension:"oversight.handoffSeconds"`
	// SolelyAutomated is the level for automated decisions with significant effects: `allowed`, `notice`, `opt-out`, `only-with-basis` or
	// `prohibited`.
	SolelyAutomated Shown[string] `dimension:"oversight.solelyAutomated"`
	// CrisisProtocol requires that the chatbot recognizes signs of self-harm and danger, and refers people to help.
	CrisisProtocol Executed[bool] `dimension:"oversight.crisisProtocol"`
}

// DemandsHuman reports whether people must be able to reach a human from the chat, and not only to learn a contact.
func (h Handoff) DemandsHuman() bool {
	return h.Mode.Required && (h.Mode.Value == "on-request" || h.Mode.Value == "on-request-any-time")
}
