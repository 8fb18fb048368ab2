package policy

// DateFormat is the layout, for time.Parse and time.Format, of every date that decisions use: an ISO date (2027-05-01), in UTC.
const DateFormat = "2006-01-02"

// Codes are the codes that the legal data of an engine has, sorted.
type Codes struct {
	Jurisdictions []string
	Sectors       []string
}
