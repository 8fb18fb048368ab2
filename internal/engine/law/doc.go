// Package law is the model of the legal data of a bundle: dimensions, jurisdictions, sectors, and what else decisions read.
// It decodes the data strictly and validates it: whatever the rules rely on is checked here, once, when a bundle is read. It also
// turns the values of a JurisdictionProfile into points of the law. It knows neither Rego nor OPA, and decides nothing.
package law
