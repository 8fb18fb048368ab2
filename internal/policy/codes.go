package policy

// DateFormat is the layout, for time.Parse and time.Format, of every date that decisions use: an ISO date (2027-05-01), in UTC.
const DateFormat = "2006-01-02"

// Gap is law that the legal data does not have.
type Gap struct {
	// Code is the jurisdiction or sector that lacks it, and About says what is lacking.
	Code, About string
}

// Codes are the codes that the legal data of an engine has, sorted.
type Codes struct {
	Jurisdictions []string
	Sectors       []string
}
