package policy

// DateFormat is the layout of every date of the policy: an ISO day, in UTC.
const DateFormat = "2006-01-02"

// Codes are the codes of the legal data that the engine knows, sorted.
type Codes struct {
	Jurisdictions []string
	Sectors       []string
}
