# METADATA
# title: Facts
# description: The facts of a declaration on which its requirement depends. Equal facts have the same requirement.
# schemas:
# - input: schema.facts
package entrypoints.facts

import data.lib.facts

# METADATA
# title: Facts of a declaration
# description: The input is `{spec, asOf}`; the result is the input of the entrypoint `requirement`.
# entrypoint: true
document := facts.document
