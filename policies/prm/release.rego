# METADATA
# scope: package
# description: Asked to learn which bundle is active; its revision is in the answer's provenance.
package prm.release

name := "prm"
