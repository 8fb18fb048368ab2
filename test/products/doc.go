// Package products tests real products behind the sidecar, each with its own web client in a browser: what a person sees before the
// sidecar governs, and then.
//
// `make products` installs the products and the browser. Nothing of them is shipped.
package products
