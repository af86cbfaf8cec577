//! Blogs.

use super::record;

record!(
    /// A blog site.
    Blog {
        /// Name.
        name: Option<String>,
    }
);

record!(
    /// An author of blog posts.
    BlogAuthor {
        /// Name.
        name: Option<String>,
        /// Web address of the author's page.
        canonical_link: Option<String>,
    }
);

record!(
    /// A category of blog posts.
    BlogCategory {
        /// Name.
        name: Option<String>,
        /// Its name in web addresses.
        slug: Option<String>,
        /// Web address of the category's page.
        canonical_link: Option<String>,
    }
);

record!(
    /// A blog post.
    BlogPost {
        /// The blog it is in.
        blog_id: Option<String>,
        /// Title.
        title: Option<String>,
        /// Summary.
        description: Option<String>,
        /// Its name in web addresses.
        slug: Option<String>,
        /// The source's own word in lower case: draft, published, scheduled, archived.
        status: Option<String>,
        /// Its author.
        author_id: Option<String>,
        /// Its categories.
        category_ids: Vec<String>,
        /// Tags, in the source's order.
        tags: Vec<String>,
        /// Address of its picture.
        image_url: Option<String>,
        /// Its web address.
        canonical_link: Option<String>,
        /// When it was or will be published, microseconds since the Unix epoch.
        published_at: Option<i64>,
    }
);
