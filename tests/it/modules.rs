//! Modules that come from S3.

use crate::support::{Cloud, Stack};

#[test]
fn a_module_comes_from_a_bucket() {
    let cloud = Cloud::start();
    cloud.python(
        "import boto3, io, zipfile\n\
         s3 = boto3.client('s3')\n\
         s3.create_bucket(Bucket='modules', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})\n\
         text = 'output \"hello\" {\\n  value = \"from s3\"\\n}\\n'\n\
         archive = io.BytesIO()\n\
         with zipfile.ZipFile(archive, 'w') as it: it.writestr('inner/main.tf', text)\n\
         s3.put_object(Bucket='modules', Key='v1/m.zip', Body=archive.getvalue())\n\
         s3.put_object(Bucket='modules', Key='open/main.tf', Body=text)\n",
    );
    let call = |name: &str, source: &str| {
        format!(
            "module \"{name}\" {{\n  source = \"s3::https://s3.eu-west-1.amazonaws.com/modules/{source}\"\n}}\n\
             output \"{name}\" {{\n  value = module.{name}.hello\n}}\n"
        )
    };
    let stack =
        Stack::new(&[("main.tf", &(call("zipped", "v1/m.zip//inner") + &call("open", "open")))]);
    stack.run_on(&cloud, &["init"]).ended(0);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    assert_eq!(stack.run(&["output", "-raw", "zipped"]).out, "from s3");
    assert_eq!(stack.run(&["output", "-raw", "open"]).out, "from s3");

    stack.write("main.tf", &call("missing", "v2/m.zip"));
    stack.run_on(&cloud, &["init"]).ended(1).says("Failed to download module").says("main.tf:2:12");
}
