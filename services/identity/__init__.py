"""identity: who there is, how one gets in, and the facts by which every service decides what one may do."""
