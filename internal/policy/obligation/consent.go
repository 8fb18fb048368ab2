package obligation

import "github.com/chaperone-dev/chaperone/api/v1alpha1"

// Consent tells how people must agree before the chatbot acts. A level is a kind of agreement; levels are listed weakest first.
type Consent struct {
	// Recording is the level for recording the conversation: `none`, `notice` or `opt-in`. The sidecar asks people to opt in. A notice is left
	// to the team.
	Recording Shown[string] `dimension:"consent.recording" executed:"none,opt-in"`
	// Sensitive is the level for special categories of data: `none`, `limit-on-request`, `opt-in`, `separate-opt-in`, `written` or
	// `prohibited`.
	Sensitive Shown[string] `dimension:"consent.sensitive"`
	// VoiceBiometrics is the level for voice prints: `none`, `notice`, `opt-in`, `written` or `prohibited`.
	VoiceBiometrics Shown[string] `dimension:"consent.voiceBiometrics"`
	// Marketing is the level for using the conversation for marketing: `none`, `opt-out`, `own-customers`, `opt-in` or
	// `prohibited`.
	Marketing Shown[string] `dimension:"consent.marketing"`
	// OptOutSignal requires the chatbot to respect a universal opt-out signal (Sec-GPC).
	OptOutSignal Shown[bool] `dimension:"consent.optOutSignal"`
	// OutboundContact is the level for contacting people first: `none`, `opt-out`, `opt-in` or `written`.
	OutboundContact Shown[string] `dimension:"consent.outboundContact"`
	// ChildAge is the age in years below which a parent must consent.
	ChildAge Shown[int] `dimension:"consent.childAge"`
	// Parental is how a parent consents for those who cannot themselves: `declared` or `verified`.
	Parental Shown[string] `dimension:"consent.parental"`
	// AgeAssurance is how the age of people must be established: `none`, `self-declared`, `reasonable` or `verified`.
	AgeAssurance Shown[string] `dimension:"consent.ageAssurance"`
}

const (
	// RecordingOptIn is the level at which people must agree before a conversation is recorded.
	RecordingOptIn = "opt-in"
	// RecordingDimension is the dimension of Consent.Recording.
	RecordingDimension = "consent.recording"
)

// SidecarAsks reports whether the sidecar asks people if the conversation may be recorded: the law requires that they opt in, and the declared
// consent, which may be nil, does not leave the question to the app.
func (s *Set) SidecarAsks(declared *v1alpha1.Consent) bool {
	return s.Consent.Recording.Value == RecordingOptIn && (declared == nil || declared.RecordingAskedBy != v1alpha1.AskedByApp)
}
