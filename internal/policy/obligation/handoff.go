package obligation

// Handoff leads a person to a human. The sidecar tells people the way and the promised wait; reaching a human on request, crises and
// decisions are left to the operator of the chatbot.
type Handoff struct {
	// Mode is when a human can be reached: none, contact-offered, on-request or on-request-any-time.
	Mode Shown[string] `dimension:"oversight.handoff"`
	// WaitSeconds is the longest wait for the human.
	WaitSeconds Shown[int] `dimension:"oversight.handoffSeconds"`
	// SolelyAutomated is the level for automated decisions with significant effects: allowed, notice, opt-out, only-with-basis or
	// prohibited.
	SolelyAutomated Shown[string] `dimension:"oversight.solelyAutomated"`
	// CrisisProtocol requires that self-harm and danger are recognized and referred.
	CrisisProtocol Shown[bool] `dimension:"oversight.crisisProtocol"`
}
