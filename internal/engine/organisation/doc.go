// Package organisation makes what an organisation adds to the law ready for decisions: JurisdictionProfiles become points of the law,
// GovernancePolicies become actions, floors and compiled modules. A Resolver resolves all objects of an organisation together, and
// keeps the last usable version of each in force. Additions then say what the organisation demands of one declaration. The package
// evaluates no built-in rule.
package organisation
