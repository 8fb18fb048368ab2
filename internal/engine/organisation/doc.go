// Package organisation makes what an organisation adds to the law ready for decisions: it turns JurisdictionProfiles into points of the
// law, and GovernancePolicies into actions, floors and compiled modules. A Resolver resolves all objects of an organisation together; in
// place of a faulty object it keeps the last usable version in force. Additions then tell what the organisation demands of a declaration.
// The package evaluates modules in the sandbox, but no built-in rules.
package organisation
