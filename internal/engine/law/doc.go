// Package law is the model of the legal data of a bundle: dimensions, jurisdictions, sectors, and the other data that rules read. It
// decodes the data strictly and validates most of it once, when a bundle is read, so that the rules can rely on it. It also turns the
// values of a JurisdictionProfile into points of the law. It knows neither Rego nor OPA, and decides nothing.
package law
